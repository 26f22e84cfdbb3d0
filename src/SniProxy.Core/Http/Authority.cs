using System.Text;
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Http;

/// <summary>
/// The <c>host[:port]</c> of a Host field or a request target (RFC 3986 section 3.2, without user information). The default value is
/// malformed.
/// </summary>
/// <param name="Kind">Which of the others mean something.</param>
/// <param name="Name">The canonical name, for <see cref="AuthorityKind.Name"/>.</param>
/// <param name="Literal">The address, for <see cref="AuthorityKind.Address"/>.</param>
/// <param name="Port">The written port, or null.</param>
public readonly record struct Authority(AuthorityKind Kind, HostName? Name, Address Literal, ushort? Port)
{
    public static Authority Absent => new(AuthorityKind.Absent, null, default, null);

    /// <summary>
    /// Reads what stands in a Host field, whitespace already cut off. Addresses only in their usual spelling: four decimal parts, or
    /// IPv6 in brackets without a zone.
    /// </summary>
    public static Authority Parse(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return Absent;
        }

        var hostLength = text[0] == '[' ? text.IndexOf((byte)']') + 1 : text.IndexOf((byte)':');
        if (hostLength < 0)
        {
            hostLength = text.Length;
        }

        if (hostLength == 0 || !TryParsePort(text[hostLength..], out var port))
        {
            return default;
        }

        var host = text[..hostLength];
        return host[0] == '[' ? ParseIPv6(host[1..^1], port) : ParseNameOrIPv4(host, port);
    }

    /// <summary>The same host, and the same port where an absent one means <paramref name="defaultPort"/>.</summary>
    public bool Agrees(in Authority other, ushort defaultPort) =>
        AgreesInHost(other) && (Port ?? defaultPort) == (other.Port ?? defaultPort);

    /// <summary>For messages to people: what was asked for, in canonical form.</summary>
    public override string ToString()
    {
        var host = Kind switch
        {
            AuthorityKind.Name => Name?.Value ?? string.Empty,
            AuthorityKind.Address => Literal.IsIPv4 ? Literal.ToString() : $"[{Literal}]",
            AuthorityKind.Absent => "no host",
            _ => "an unreadable host",
        };
        return Port is { } port ? $"{host}:{port}" : host;
    }

    internal bool AgreesInHost(in Authority other) =>
        Kind is AuthorityKind.Name or AuthorityKind.Address && Kind == other.Kind && Equals(Name, other.Name) && Literal == other.Literal;

    private static Authority ParseNameOrIPv4(ReadOnlySpan<byte> host, ushort? port) => HostName.TryParse(host, out var name) switch
    {
        HostNameSyntax.Valid => new Authority(AuthorityKind.Name, name, default, port),
        HostNameSyntax.Address => ParseLiteral(host, port),
        _ => default,
    };

    private static Authority ParseIPv6(ReadOnlySpan<byte> host, ushort? port) =>
        host.Contains((byte)':') ? ParseLiteral(host, port) : default;

    private static Authority ParseLiteral(ReadOnlySpan<byte> host, ushort? port)
    {
        // The longest IPv6 address as text has 45 characters (RFC 4291 section 2.2, third form).
        Span<char> text = stackalloc char[45];
        if (host.Length > text.Length || !Ascii.IsValid(host))
        {
            return default;
        }

        var length = Encoding.ASCII.GetChars(host, text);
        return Address.TryParse(text[..length], out var address) ? new Authority(AuthorityKind.Address, null, address, port) : default;
    }

    private static bool TryParsePort(ReadOnlySpan<byte> text, out ushort? port)
    {
        port = null;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text[0] != ':' || !HttpSyntax.TryReadLength(text[1..], out var number) || number is 0 or > ushort.MaxValue)
        {
            return false;
        }

        port = (ushort)number;
        return true;
    }
}
