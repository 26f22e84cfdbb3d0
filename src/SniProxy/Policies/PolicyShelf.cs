using System.Collections.Frozen;
using System.Collections.Immutable;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>
/// All policies, the guard and the strict switch at one moment: immutable, replaced as a whole, so that a flow is judged by one state.
/// </summary>
/// <param name="Policies">Last good versions by name.</param>
/// <param name="Errors">What is wrong with the newest version of a policy, by name; the last good version stays in force.</param>
/// <param name="Strict">The strict switch.</param>
/// <param name="Guard">The floor under all rules.</param>
/// <param name="SyntheticGuard">The same where names are answered with addresses of a pool.</param>
/// <param name="Grants">Temporary allows; null where there are none.</param>
internal sealed record PolicyShelf(
    FrozenDictionary<string, Policy> Policies,
    ImmutableDictionary<string, string> Errors,
    StrictSwitch Strict,
    Guard Guard,
    Guard SyntheticGuard,
    GrantShelf? Grants)
{
    public Policy? Find(string name) => Policies.TryGetValue(name, out var policy) ? policy : null;
}
