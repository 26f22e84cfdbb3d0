using System.Diagnostics.CodeAnalysis;
using System.Net;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>Where a name server is, and how it is spoken to.</summary>
/// <param name="Endpoint">Its address and port.</param>
/// <param name="TlsName">The name that its certificate must hold where it is asked over TLS (RFC 8310 section 8.1); null for UDP and TCP.</param>
internal sealed record UpstreamAddress(IPEndPoint Endpoint, string? TlsName = null)
{
    private const int PlainPort = 53;

    /// <summary>RFC 7858 section 3.1.</summary>
    private const int TlsPort = 853;

    private const string TlsScheme = "tls://";

    /// <summary>
    /// Reads <c>address</c>, <c>address:port</c>, <c>[v6]</c> and <c>[v6]:port</c>, and the same between <c>tls://</c> and <c>#server-name</c>.
    /// The port is 53, or 853 for TLS, unless written.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out UpstreamAddress? address)
    {
        address = null;
        if (!text.StartsWith(TlsScheme, StringComparison.Ordinal))
        {
            if (TryParseEndpoint(text, PlainPort, out var plain))
            {
                address = new UpstreamAddress(plain);
            }

            return address is not null;
        }

        var parts = text[TlsScheme.Length..].Split('#');
        if (parts.Length == 2 && TryParseEndpoint(parts[0], TlsPort, out var endpoint)
            && HostName.TryParse(parts[1], out var name) == HostNameSyntax.Valid && name is not null)
        {
            address = new UpstreamAddress(endpoint, name.Value);
        }

        return address is not null;
    }

    public override string ToString() => TlsName is null ? Endpoint.ToString() : $"{TlsScheme}{Endpoint}#{TlsName}";

    private static bool TryParseEndpoint(string text, int defaultPort, [NotNullWhen(true)] out IPEndPoint? endpoint)
    {
        endpoint = null;

        // A bare IPv6 address has more than one colon; IPEndPoint would take its last group for a port in some forms, so it is told apart here.
        var isBare = !text.StartsWith('[') && (text.Count(letter => letter == ':') > 1 || !text.Contains(':'));
        if (isBare)
        {
            if (!IPAddress.TryParse(text, out var address) || (address.ToString() != text && !text.Contains(':')))
            {
                return false;
            }

            endpoint = new IPEndPoint(address, defaultPort);
            return true;
        }

        if (!IPEndPoint.TryParse(text, out endpoint))
        {
            return false;
        }

        endpoint.Port = endpoint.Port == 0 && text.EndsWith(']') ? defaultPort : endpoint.Port;
        return endpoint.Port != 0;
    }
}
