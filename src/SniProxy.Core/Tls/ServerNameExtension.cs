using System.Buffers;
using System.Text;
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tls;

/// <summary>The extension server_name (RFC 6066 section 3).</summary>
internal readonly record struct ServerNameExtension(ServerNameStatus Status, HostName? Name = null, bool HadTrailingDot = false)
{
    private const byte HostNameType = 0;

    public static readonly ServerNameExtension Absent = new(ServerNameStatus.Absent);

    private static readonly ServerNameExtension Malformed = new(ServerNameStatus.Malformed);

    // One list, in it one entry of type host_name. The list was meant to hold other types one day; none came, servers disagree about
    // them, and so they are refused.
    /// <param name="extension">What the extension holds.</param>
    /// <param name="alert">The alert to send where it is malformed; else of no meaning.</param>
    public static ServerNameExtension Read(ByteReader extension, ref TlsAlert alert)
    {
        if (!extension.TryReadVector16(out var list) || !extension.IsAtEnd
            || !list.TryReadByte(out var type) || type != HostNameType
            || !list.TryReadVector16(out var text) || text.IsAtEnd)
        {
            return Malformed;
        }

        if (!list.IsAtEnd)
        {
            alert = list.Rest[0] == HostNameType ? TlsAlert.IllegalParameter : TlsAlert.DecodeError;
            return Malformed;
        }

        alert = TlsAlert.UnrecognizedName;
        var status = HostName.TryParse(text.Rest, out var name) switch
        {
            HostNameSyntax.Valid => ServerNameStatus.Valid,
            HostNameSyntax.Address => ServerNameStatus.Address,
            _ when IsIPv6Literal(text.Rest) => ServerNameStatus.Address,
            _ => ServerNameStatus.Malformed,
        };
        return new ServerNameExtension(status, name, HadTrailingDot: text.Rest[^1] == '.');
    }

    private static bool IsIPv6Literal(ReadOnlySpan<byte> text)
    {
        // The longest form is six groups and a dotted quad: 30 + 15 characters (RFC 4291 section 2.2).
        Span<char> characters = stackalloc char[45];
        return text.Contains((byte)':')
            && text.Length <= characters.Length
            && Ascii.ToUtf16(text, characters, out var length) == OperationStatus.Done
            && Address.TryParse(characters[..length], out _);
    }
}
