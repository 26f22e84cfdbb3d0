using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using SniProxy.Core.Addresses;

namespace SniProxy.Events;

/// <summary>
/// Values as <see cref="System.Text.Json.Utf8JsonWriter"/> writes them, byte for byte, for a fraction of its time: nearly all of ours are
/// plain ASCII. What is not goes through the same encoder.
/// </summary>
internal static class JsonValues
{
    // One UTF-16 unit becomes six bytes at most: \uXXXX.
    private const int LongestEscape = 6;
    private const int LongestInteger = 20;
    private const int LongestTime = 28;

    // Up to here three decimals are exact in a double, as 15 digits always are, and .NET writes no exponent.
    private const double MaxThousandths = 1e14;

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(0, 128).Select(letter => (char)letter).Where(letter => !JavaScriptEncoder.Default.WillEncode(letter))]);

    private static ReadOnlySpan<byte> Null => "null"u8;

    public static void Text(this LineBuffer line, string? text)
    {
        if (text is null)
        {
            line.Append(Null);
            return;
        }

        if (text.AsSpan().ContainsAnyExcept(Plain))
        {
            Escaped(line, text);
            return;
        }

        var target = line.Reserve(text.Length + 2);
        target[0] = (byte)'"';
        Ascii.FromUtf16(text, target[1..], out var written);
        target[written + 1] = (byte)'"';
        line.Advance(written + 2);
    }

    public static void Number(this LineBuffer line, long number)
    {
        Utf8Formatter.TryFormat(number, line.Reserve(LongestInteger), out var written);
        line.Advance(written);
    }

    /// <summary>To the microsecond; null where it is no number.</summary>
    public static void Milliseconds(this LineBuffer line, double? milliseconds)
    {
        if (milliseconds is not { } value || !double.IsFinite(value))
        {
            line.Append(Null);
            return;
        }

        var rounded = Math.Round(value, 3);
        var thousandths = Math.Round(rounded * 1000);
        if (double.IsNegative(rounded) || thousandths > MaxThousandths || !(thousandths / 1000).Equals(rounded))
        {
            Span<byte> text = stackalloc byte[64];
            rounded.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
            line.Append(text[..length]);
            return;
        }

        // The shortest text of a double is the only one of 15 digits or fewer that means it.
        var (whole, part) = Math.DivRem((long)thousandths, 1000);
        line.Number(whole);
        if (part > 0)
        {
            Fraction(line, (int)part);
        }
    }

    /// <summary>UTC, without the zeros that say nothing.</summary>
    public static void Time(this LineBuffer line, DateTimeOffset time)
    {
        var target = line.Reserve(LongestTime + 2);
        target[0] = (byte)'"';
        Utf8Formatter.TryFormat(time.UtcDateTime, target[1..], out var written, new StandardFormat('O'));
        var text = target.Slice(1, written - 1).TrimEnd((byte)'0');
        var length = text[^1] == '.' ? text.Length - 1 : text.Length;

        // Seconds keep their zeros where they have no fraction at all.
        length = Math.Max(length, "yyyy-MM-ddTHH:mm:ss".Length);
        target[length + 1] = (byte)'Z';
        target[length + 2] = (byte)'"';
        line.Advance(length + 3);
    }

    public static void Endpoint(this LineBuffer line, Endpoint? endpoint)
    {
        if (endpoint is not { } value)
        {
            line.Append(Null);
            return;
        }

        var target = line.Reserve(Core.Addresses.Endpoint.MaxLength + 2);
        target[0] = (byte)'"';
        var written = value.Format(target[1..]);
        target[written + 1] = (byte)'"';
        line.Advance(written + 2);
    }

    private static void Fraction(LineBuffer line, int thousandths)
    {
        var target = line.Reserve(4);
        target[0] = (byte)'.';
        target[1] = (byte)('0' + (thousandths / 100));
        target[2] = (byte)('0' + (thousandths / 10 % 10));
        target[3] = (byte)('0' + (thousandths % 10));
        line.Advance(thousandths % 10 > 0 ? 4 : thousandths % 100 > 0 ? 3 : 2);
    }

    private static void Escaped(LineBuffer line, ReadOnlySpan<char> text)
    {
        Span<char> escaped = stackalloc char[64 * LongestEscape];
        line.Append("\""u8);
        while (!text.IsEmpty)
        {
            // What needs no escape is most of it, and a great deal faster to move.
            var plain = text.IndexOfAnyExcept(Plain);
            plain = plain < 0 ? text.Length : plain;
            Ascii.FromUtf16(text[..plain], line.Reserve(plain), out var moved);
            line.Advance(moved);
            text = text[plain..];

            var odd = text.IndexOfAny(Plain);
            JavaScriptEncoder.Default.Encode(odd < 0 ? text : text[..odd], escaped, out var read, out var made);
            Ascii.FromUtf16(escaped[..made], line.Reserve(made), out var written);
            line.Advance(written);
            text = text[read..];
        }

        line.Append("\""u8);
    }
}
