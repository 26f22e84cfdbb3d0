using System.Buffers;
using System.Text;

namespace SniProxy.Core.Http;

/// <summary>The small grammar that heads, chunks and trailers share (RFC 9110 section 5.6).</summary>
internal static class HttpSyntax
{
    /// <summary>tchar (RFC 9110 section 5.6.2).</summary>
    public static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Every byte that ends a line or may not stand in one: the controls without the tab, and DEL.</summary>
    public static readonly SearchValues<byte> LineBreakers =
        SearchValues.Create([0, 1, 2, 3, 4, 5, 6, 7, 8, .. "\n\v\f\r"u8, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    /// <summary>What a request target may consist of: visible ASCII without the fragment's <c>#</c> (RFC 9112 section 3.2).</summary>
    public static bool IsTarget(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e) && !text.Contains((byte)'#');

    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenBytes);

    /// <summary>Letter case apart, the same ASCII text.</summary>
    public static bool Is(this ReadOnlySpan<byte> text, ReadOnlySpan<byte> other) => Ascii.EqualsIgnoreCase(text, other);

    /// <summary>Cuts optional whitespace, spaces and tabs (RFC 9110 section 5.6.3), off both ends.</summary>
    public static ReadOnlySpan<byte> TrimWhitespace(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);

    /// <summary>Takes the next element off a comma-separated list (RFC 9110 section 5.6.1); empty elements are given out as such.</summary>
    public static bool TakeElement(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> element)
    {
        element = default;
        if (list.IsEmpty)
        {
            return false;
        }

        var comma = list.IndexOf((byte)',');
        element = TrimWhitespace(comma < 0 ? list : list[..comma]);
        list = comma < 0 ? default : list[(comma + 1)..];
        return true;
    }

    /// <summary>
    /// Cuts a field line into name and trimmed value (RFC 9112 section 5.1): nothing may stand between the name and its colon.
    /// </summary>
    public static bool TakeField(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        var colon = line.IndexOf((byte)':');
        if (colon < 0 || !IsToken(line[..colon]))
        {
            return false;
        }

        name = line[..colon];
        value = TrimWhitespace(line[(colon + 1)..]);
        return true;
    }

    /// <summary>
    /// One plain decimal number without sign, list or leading zero: forms that two programs could read differently are refused.
    /// </summary>
    public static bool TryReadLength(ReadOnlySpan<byte> text, out long length)
    {
        length = 0;
        if (text.Length is 0 or > 18 || text.ContainsAnyExceptInRange((byte)'0', (byte)'9') || (text.Length > 1 && text[0] == '0'))
        {
            return false;
        }

        foreach (var digit in text)
        {
            length = length * 10 + digit - '0';
        }

        return true;
    }
}
