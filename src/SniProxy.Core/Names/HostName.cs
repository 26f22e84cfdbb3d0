using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SniProxy.Core.Names;

/// <summary>
/// A host name in its one canonical form: lower case, A-labels, letters, digits, hyphen and underscore only, labels of 1 to 63
/// bytes, at most 253 in all, no trailing dot (RFC 1035 section 2.3.4, RFC 5890 section 2.3.1). There is no other way to hold a
/// name, so a rule, a TLS server name, an HTTP Host, a DNS question and the API cannot disagree about one.
/// </summary>
public sealed class HostName : IEquatable<HostName>
{
    /// <summary>The longest name in presentation form without its trailing dot (RFC 1035 section 3.1: 255 bytes on the wire).</summary>
    public const int MaxLength = 253;

    /// <summary>The longest label (RFC 1035 section 2.3.4).</summary>
    public const int MaxLabelLength = 63;

    private int hash;

    internal HostName(string value) => Value = value;

    public string Value { get; }

    /// <summary>
    /// Reads a name as peers send it: ASCII in any letter case, with or without one trailing dot. A name in another script is
    /// malformed here: on the wire only its A-label form exists..
    /// </summary>
    /// <param name="text">The name.</param>
    /// <param name="cache">Names that were read before, so that the same one again is no new object; null for none.</param>
    /// <param name="name">The name where it is valid.</param>
    public static HostNameSyntax TryParse(ReadOnlySpan<byte> text, HostNameCache? cache, out HostName? name)
    {
        name = null;
        if (text.Length > 0 && text[^1] == '.')
        {
            text = text[..^1];
        }

        if (text.IsEmpty || text.Length > MaxLength)
        {
            return HostNameSyntax.Malformed;
        }

        Span<char> canonical = stackalloc char[MaxLength];
        var labelLength = 0;
        var labelStart = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var value = text[i];
            if (value == '.')
            {
                if (labelLength is 0 or > MaxLabelLength)
                {
                    return HostNameSyntax.Malformed;
                }

                labelLength = 0;
                labelStart = i + 1;
            }
            else if (IsLabelByte(value))
            {
                labelLength++;
            }
            else
            {
                return HostNameSyntax.Malformed;
            }

            canonical[i] = (char)(value is >= (byte)'A' and <= (byte)'Z' ? value | 0x20 : value);
        }

        if (labelLength is 0 or > MaxLabelLength)
        {
            return HostNameSyntax.Malformed;
        }

        canonical = canonical[..text.Length];
        if (IsNumeric(canonical[labelStart..]))
        {
            return HostNameSyntax.Address;
        }

        name = cache is null ? new HostName(new string(canonical)) : cache.Get(canonical);
        return HostNameSyntax.Valid;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, HostNameCache?, out HostName?)"/>
    public static HostNameSyntax TryParse(ReadOnlySpan<byte> text, out HostName? name) => TryParse(text, null, out name);

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, HostNameCache?, out HostName?)"/>
    public static HostNameSyntax TryParse(ReadOnlySpan<char> text, out HostName? name)
    {
        Span<byte> ascii = stackalloc byte[MaxLength + 2];
        if (text.Length >= ascii.Length || Encoding.UTF8.GetByteCount(text) != text.Length)
        {
            name = null;
            return HostNameSyntax.Malformed;
        }

        Encoding.UTF8.GetBytes(text, ascii);
        return TryParse(ascii[..text.Length], out name);
    }

    public bool Equals([NotNullWhen(true)] HostName? other) =>
        ReferenceEquals(this, other) || (other is not null && string.Equals(Value, other.Value, StringComparison.Ordinal));

    public override bool Equals(object? obj) => Equals(obj as HostName);

    // Whoever comes second works out the same number.
    public override int GetHashCode() => hash != 0 ? hash : hash = Value.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Value;

    private static bool IsLabelByte(byte value) =>
        value is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' or >= (byte)'0' and <= (byte)'9' or (byte)'-' or (byte)'_';

    // A last label of digits, or of 0x and hexadecimal digits, is how the address parsers of the world recognise their own
    // (WHATWG URL, "ends in a number"; RFC 3986 section 3.2.2 for the plain form).
    private static bool IsNumeric(ReadOnlySpan<char> label)
    {
        if (label is ['0', 'x', ..])
        {
            foreach (var digit in label[2..])
            {
                if (!char.IsAsciiHexDigitLower(digit))
                {
                    return false;
                }
            }

            return true;
        }

        return !label.ContainsAnyExceptInRange('0', '9');
    }
}
