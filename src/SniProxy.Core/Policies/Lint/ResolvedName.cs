using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Lint;

/// <summary>What the resolver said of a name.</summary>
/// <param name="Exists">False where it said that there is no such name, or no address.</param>
/// <param name="Addresses">Of both families.</param>
public sealed record ResolvedName(bool Exists, IReadOnlyList<Address> Addresses);
