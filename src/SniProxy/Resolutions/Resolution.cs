using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>The addresses of a name, of both families; immutable and shared.</summary>
/// <param name="Name">Whose.</param>
/// <param name="Status"><see cref="ResolutionStatus.Found"/> when there is an address of either family.</param>
/// <param name="Addresses">IPv6 first, then IPv4, each in the name server's order; empty unless found.</param>
/// <param name="Lifetime">How long this holds from now on.</param>
/// <param name="Hops">The names that aliases led over, of either family.</param>
/// <param name="HasLeft">The name servers answered a question about it while it was waited for here; else all of it was kept.</param>
internal sealed record Resolution(
    HostName Name, ResolutionStatus Status, IReadOnlyList<Address> Addresses, TimeSpan Lifetime, IReadOnlyList<HostName> Hops, bool HasLeft);
