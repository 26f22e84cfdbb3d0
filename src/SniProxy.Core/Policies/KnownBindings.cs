using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>What is known of names and addresses where somebody asks about a destination; by default nothing.</summary>
public sealed record KnownBindings
{
    /// <summary>Where the destination's name leads, in the order in which addresses are dialled.</summary>
    public IReadOnlyList<Address> Addresses { get; init; } = [];

    /// <summary>They are all there are: without one the name leads nowhere. False where nobody asked, or nobody answered in time.</summary>
    public bool IsResolved { get; init; }

    /// <summary>The aliases on that way.</summary>
    public IReadOnlyList<HostName> Hops { get; init; } = [];

    /// <summary>The names that the sandbox was given an address for.</summary>
    public Func<Address, HostName[]> NamesOf { get; init; } = static _ => [];

    /// <summary>On the destination's port the server speaks first, and a flow is judged before the client has said anything.</summary>
    public bool IsServerFirst { get; init; }
}
