using System.Net;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>What a door would know of a connection.</summary>
internal sealed record WrittenFlow
{
    public Transport Transport { get; init; }

    public Protocol Protocol { get; init; }

    public int Port { get; init; }

    /// <summary>Null where a proxy request named the destination.</summary>
    public IPAddress? To { get; init; }

    public bool IsLiteral { get; init; }

    public string? Name { get; init; }

    public Evidence Evidence { get; init; }

    public bool IsBound { get; init; }

    public string[] BoundNames { get; init; } = [];

    public Reason Unreadable { get; init; }

    public bool HasEch { get; init; }

    /// <summary>What the name leads to.</summary>
    public IPAddress[] Resolved { get; init; } = [];

    /// <summary>Bytes in which a name can be read.</summary>
    public bool CarriesNames => Protocol is Protocol.Tls or Protocol.Http or Protocol.Quic;

    /// <summary>On 443 only TLS, on 80 only HTTP or TLS; silence on either is neither.</summary>
    public bool IsOutOfPlace => Transport == Transport.Tcp && ((Port == 443 && Protocol != Protocol.Tls) || (Port == 80 && Protocol is not (Protocol.Http or Protocol.Tls)));

    /// <summary>The original destination is an address that could be dialled.</summary>
    public bool IsDirect => IsLiteral || (To is not null && Evidence != Evidence.Synthetic);

    /// <summary>Nothing ties what it asks for to where it goes.</summary>
    public bool IsUnbound => IsLiteral || (Name is not null && !IsBound);

    public FlowFacts ToFacts() => new()
    {
        Transport = Transport,
        Protocol = Protocol,
        Port = (ushort)Port,
        OriginalDestination = To is null ? default : PlainAddresses.Core(To),
        IsLiteral = IsLiteral,
        Name = Name is null ? null : Host(Name),
        Evidence = Evidence,
        IsBound = IsBound,
        BoundNames = BoundNames.Select(Host).ToArray(),
        Unreadable = Unreadable,
        HasEch = HasEch,
    };

    public Address[] ToResolved() => [.. Resolved.Select(PlainAddresses.Core)];

    private static HostName Host(string name) => Resolutions.Wire.Host(name);
}
