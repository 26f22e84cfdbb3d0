using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>One connection that somebody asks about, with all that a door would know of it when it asks for a verdict.</summary>
public sealed record TestFlow
{
    /// <summary>What the answer calls it.</summary>
    public required string Text { get; init; }

    public Protocol Protocol { get; init; }

    public required ushort Port { get; init; }

    /// <summary>Where the client's packets go. Unspecified where that is open: then the name is judged, wherever it leads.</summary>
    public Address Address { get; init; }

    /// <summary>The name that can be read (TLS, HTTP, QUIC).</summary>
    public HostName? Name { get; init; }

    /// <summary>The sandbox was given <see cref="Address"/> for <see cref="Name"/>.</summary>
    public bool IsBound { get; init; }

    /// <summary>The names that the sandbox was given <see cref="Address"/> for; looked at where no name can be read.</summary>
    public HostName[] BoundNames { get; init; } = [];

    /// <summary>Why a name that ought to be readable is not, or <see cref="Reason.None"/>.</summary>
    public Reason Unreadable { get; init; }

    public bool HasEch { get; init; }

    /// <summary>The name stands for any, and is not shown.</summary>
    internal bool IsNameOpen { get; init; }

    internal FlowFacts ToFacts() => new()
    {
        Transport = Protocol == Protocol.Quic ? Transport.Udp : Transport.Tcp,
        Protocol = Protocol,
        Port = Port,
        OriginalDestination = Address,
        Name = Name,
        Evidence = Name is null ? (BoundNames.Length > 0 ? Evidence.Dns : Evidence.None)
            : Address.IsUnspecified ? Evidence.Synthetic
            : Protocol == Protocol.Http ? Evidence.Host : Evidence.Sni,
        IsBound = IsBound,
        BoundNames = BoundNames,
        Unreadable = Unreadable,
        HasEch = HasEch,
    };

    /// <summary>The facts as a message should show them.</summary>
    internal FlowFacts ToShown() => (IsNameOpen ? this with { Name = null } : this).ToFacts();
}
