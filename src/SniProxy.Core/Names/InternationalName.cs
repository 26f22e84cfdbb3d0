using System.Globalization;
using System.Text;

namespace SniProxy.Core.Names;

/// <summary>
/// Turns a name that a person wrote into A-labels (RFC 5891 section 4.4), lower case. Without a normaliser at hand (the appliance
/// runs with invariant globalization) what would need one, or what IDNA 2003 and 2008 read differently, is refused: a rule must not mean
/// another name than its author saw.
/// </summary>
public static class InternationalName
{
    private static readonly IdnMapping Mapping = new() { AllowUnassigned = false, UseStd3AsciiRules = false };

    /// <summary>Characters that are written for a dot (RFC 3490 section 3.1) become one; labels outside ASCII become A-labels.</summary>
    public static bool TryToAscii(string text, out string ascii, out PatternFault fault)
    {
        ascii = string.Empty;
        fault = default;
        if (Ascii.IsValid(text))
        {
            ascii = text.ToLowerInvariant();
            return true;
        }

        var folded = Fold(text);
        foreach (var rune in folded.EnumerateRunes())
        {
            if (!rune.IsAscii && IsDoubtful(rune))
            {
                fault = new PatternFault($"\"{text}\" holds U+{rune.Value:X4}, which can be read as more than one name", "write the name in its ASCII form, with labels such as xn--bcher-kva");
                return false;
            }
        }

        foreach (var label in folded.Split('.'))
        {
            if (!Ascii.IsValid(label) && label.Contains('*'))
            {
                fault = new PatternFault($"\"{text}\" has a wildcard inside a label that is not ASCII", "let \"*\" stand for the whole label");
                return false;
            }
        }

        return TryMap(text, folded, out ascii, out fault);
    }

    private static bool TryMap(string text, string folded, out string ascii, out PatternFault fault)
    {
        fault = default;
        try
        {
            // Label by label: empty ones and wildcards are the caller's to judge.
            ascii = string.Join('.', folded.Split('.').Select(label => Ascii.IsValid(label) ? label : Mapping.GetAscii(label)));
            return true;
        }
        catch (ArgumentException)
        {
            ascii = string.Empty;
            fault = new PatternFault($"\"{text}\" has no ASCII form", "write the name in its ASCII form, with labels such as xn--bcher-kva");
            return false;
        }
    }

    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var letter in text.ToLowerInvariant())
        {
            folded.Append(letter switch
            {
                '\u3002' or '\uff0e' or '\uff61' => '.',
                >= '\uff01' and <= '\uff5e' => char.ToLowerInvariant((char)(letter - 0xfee0)), // full width, the same letters
                _ => letter,
            });
        }

        return folded.ToString();
    }

    private static bool IsDoubtful(Rune rune) => rune.Value switch
    {
        0xdf or 0x3c2 or 0x200c or 0x200d => true, // the four deviations (UTS 46 section 4)
        >= 0x300 and <= 0x36f or 0x3099 or 0x309a => true, // marks that a normaliser would join with their letter
        >= 0x1100 and <= 0x11ff or >= 0xa960 and <= 0xa97f or >= 0xd7b0 and <= 0xd7ff => true, // Hangul in parts
        >= 0x1d2c and <= 0x1d6a or >= 0x1d78 and <= 0x1dbf or >= 0x2070 and <= 0x209f => true, // raised and lowered letters
        >= 0xf900 and <= 0xfaff or >= 0xfb00 and <= 0xfdff or >= 0xfe70 and <= 0xffef => true, // compatibility forms
        >= 0x1d400 and <= 0x1d7ff or >= 0x1ee00 and <= 0x1eeff or >= 0x2f800 and <= 0x2fa1f => true,
        _ => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark),
    };
}
