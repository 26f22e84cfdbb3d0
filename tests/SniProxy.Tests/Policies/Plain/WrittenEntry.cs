using System.Net;
using SniProxy.Core.Contract;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>An entry as somebody writes it, and what the language says of it: read here by strings and the runtime's own networks.</summary>
internal sealed class WrittenEntry
{
    private static readonly (string Scheme, string Protocol, int Port)[] Schemes =
    [
        ("https", "tls", 443), ("tls", "tls", 443), ("http", "http", 80), ("ssh", "ssh", 22), ("postgres", "postgres", 5432), ("mysql", "mysql", 3306),
        ("redis", "redis", 6379), ("redshift", "postgres", 5439), ("quic", "quic", 443), ("tcp", "tcp", 0),
    ];

    private readonly (int First, int Last)[] ports;
    private readonly string protocol;
    private readonly bool isAllow;

    /// <param name="scheme">Before <c>://</c>; null for none.</param>
    /// <param name="host">Pattern, address, block or <c>any</c>.</param>
    /// <param name="portText">Behind the colon; null for none.</param>
    /// <param name="list">The word over its list: allow, deny, audit or except.</param>
    /// <param name="ruleProtocol">The rule's <c>protocol</c>; null for none.</param>
    public WrittenEntry(string? scheme, string host, string? portText, string list, string? ruleProtocol)
    {
        var slash = host.IndexOf('/', StringComparison.Ordinal);
        var bracketed = !host.Contains(':') || portText is null ? host : slash < 0 ? $"[{host}]" : $"[{host[..slash]}]{host[slash..]}";
        Text = $"{(scheme is null ? "" : scheme + "://")}{bracketed}{(portText is null ? "" : ":" + portText)}";
        isAllow = list == "allow";
        var known = Schemes.FirstOrDefault(one => one.Scheme == scheme);
        protocol = known.Protocol ?? ruleProtocol ?? string.Empty;
        ports = PortsOf(portText ?? (known.Port > 0 ? $"{known.Port}" : isAllow ? "80,443" : "*"));
        IsAny = host == "any";
        Block = IsAny || !IPAddress.TryParse(slash < 0 ? host : host[..slash], out var address) ? null
            : slash < 0 ? new IPNetwork(address, PlainAddresses.LengthOf(address)) : IPNetwork.Parse(host);
        IsPrivate = Block is { } block && PlainAddresses.IsWhollyPrivate(block);
        Pattern = IsAny || Block is not null ? null : new WrittenPattern(host);
    }

    public string Text { get; }

    public bool IsAny { get; }

    public IPNetwork? Block { get; }

    public WrittenPattern? Pattern { get; }

    /// <summary>All that it covers lies in one private range.</summary>
    public bool IsPrivate { get; }

    public bool IsAllow => isAllow;

    public bool IsTcp => protocol == "tcp";

    public bool Contains(IPAddress address) => Block is { } block && block.Contains(address);

    public bool Names(string name) => Pattern is { } pattern && pattern.Matches(name);

    /// <summary>Port and protocol where it forbids or carves out: what is not known yet is meant as well.</summary>
    public bool ForbidsTraffic(WrittenFlow flow) => HasPort(flow.Port) && protocol switch
    {
        "" => true,
        "quic" => flow.Transport == Transport.Udp,
        "tcp" => flow.Transport == Transport.Tcp,
        _ => flow.Transport == Transport.Tcp && (flow.Protocol == Protocol.Unread || flow.Protocol.Identifier() == protocol),
    };

    /// <summary>Port and protocol where it lets pass.</summary>
    public bool PassesTraffic(WrittenFlow flow)
    {
        if (!HasPort(flow.Port))
        {
            return false;
        }

        if (flow.Transport == Transport.Udp)
        {
            return protocol == "quic" || (protocol.Length == 0 && (!isAllow || (Pattern is not null && flow.Port == 443)));
        }

        return protocol switch
        {
            "" => !flow.IsOutOfPlace,
            "tcp" => true,
            "quic" => false,
            "tls" or "http" when flow.Protocol == Protocol.Unread => !flow.IsOutOfPlace,
            _ => flow.Protocol == Protocol.Unread || flow.Protocol.Identifier() == protocol,
        };
    }

    private bool HasPort(int port) => Array.Exists(ports, range => range.First <= port && port <= range.Last);

    private static (int First, int Last)[] PortsOf(string text) => [.. text.Split(',').Select(part => part.Split('-') switch
    {
        ["*"] => (1, 65535),
        [var one] => (Number(one), Number(one)),
        var range => (Number(range[0]), Number(range[1])),
    })];

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
