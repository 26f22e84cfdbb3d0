using System.Runtime.CompilerServices;

namespace SniProxy.Core.Http;

/// <summary>
/// Walks the trailer section behind the last chunk (RFC 9112 section 7.1.2). Some servers merge trailers into the head, so a field that
/// says where a message goes, how long it is or what becomes of its connection may not stand here (RFC 9110 section 6.5.1).
/// </summary>
internal struct TrailerSection(int maxBytes)
{
    private NameBuffer name;
    private Part part = Part.LineStart;
    private int nameLength;
    private int bytes;

    private enum Part : byte
    {
        Broken = 0,
        LineStart,
        Name,
        Value,
        LineFeed,
        LastLineFeed,
        Done,
    }

    public readonly bool IsDone => part == Part.Done;

    public readonly bool IsBroken => part == Part.Broken;

    public void Take(byte value) => part = ++bytes > maxBytes ? Part.Broken : part switch
    {
        Part.LineStart when value == '\r' => Part.LastLineFeed,
        Part.LineStart => BeginName(value),
        Part.Name => AfterName(value),
        Part.Value when value == '\r' => Part.LineFeed,
        Part.Value when !HttpSyntax.LineBreakers.Contains(value) => Part.Value,
        Part.LineFeed when value == '\n' => Part.LineStart,
        Part.LastLineFeed when value == '\n' => Part.Done,
        _ => Part.Broken,
    };

    private Part BeginName(byte value)
    {
        nameLength = 0;
        return value == ':' ? Part.Broken : AfterName(value);
    }

    private Part AfterName(byte value)
    {
        if (value == ':')
        {
            return MayTrail() ? Part.Value : Part.Broken;
        }

        if (!HttpSyntax.TokenBytes.Contains(value))
        {
            return Part.Broken;
        }

        if (nameLength < NameBuffer.Length)
        {
            name[nameLength] = value;
        }

        nameLength++;
        return Part.Name;
    }

    private readonly bool MayTrail()
    {
        if (nameLength > NameBuffer.Length)
        {
            return true;
        }

        var text = ((ReadOnlySpan<byte>)name)[..nameLength];
        return !(text.Is("Host"u8)
            || text.Is("Content-Length"u8)
            || text.Is("Transfer-Encoding"u8)
            || text.Is("Connection"u8)
            || text.Is("Upgrade"u8)
            || text.Is("HTTP2-Settings"u8)
            || text.Is("Expect"u8)
            || text.Is("TE"u8)
            || text.Is("Trailer"u8)
            || text.Is("Authorization"u8)
            || text.Is("Proxy-Authorization"u8));
    }

    // As long as the longest name that may not stand here.
    [InlineArray(Length)]
    private struct NameBuffer
    {
        public const int Length = 19;
        private byte first;
    }
}
