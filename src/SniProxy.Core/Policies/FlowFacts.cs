using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>What a door knows of one flow when it asks for a verdict.</summary>
public readonly ref struct FlowFacts
{
    public Transport Transport { get; init; }

    public Protocol Protocol { get; init; }

    /// <summary>The port the client wants; it is also the port that is dialled.</summary>
    public required ushort Port { get; init; }

    /// <summary>Where the client's packets were sent. Unspecified when a proxy request named the destination instead.</summary>
    public Address OriginalDestination { get; init; }

    /// <summary>The original destination is an address literal of a proxy request: it needs an address rule, and no name replaces it.</summary>
    public bool IsLiteral { get; init; }

    /// <summary>The readable name (TLS, HTTP, QUIC, proxy request, synthetic address), or null.</summary>
    public HostName? Name { get; init; }

    public Evidence Evidence { get; init; }

    /// <summary><see cref="Name"/> is bound to <see cref="OriginalDestination"/>: our DNS gave this sandbox that address for it.</summary>
    public bool IsBound { get; init; }

    /// <summary>All names our DNS gave this sandbox for the original destination; looked at only where no name can be read.</summary>
    public ReadOnlySpan<HostName> BoundNames { get; init; }

    /// <summary>Why a name that ought to be readable is not (TLS-looking or HTTP-looking bytes), or <see cref="Reason.None"/>.</summary>
    public Reason Unreadable { get; init; }

    /// <summary>The ClientHello carries the encrypted_client_hello extension (or its predecessor), grease or not.</summary>
    public bool HasEch { get; init; }
}
