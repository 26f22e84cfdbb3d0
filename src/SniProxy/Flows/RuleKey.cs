using SniProxy.Core.Policies;

namespace SniProxy.Flows;

/// <summary>
/// What is counted together: a rule of a policy, for one life of a sandbox. A rule that is read again is the same one while it has a label of its
/// own, or without one its place, so that a budget does not begin anew with each reading.
/// </summary>
internal readonly record struct RuleKey(long Lifecycle, string Policy, string Rule)
{
    public static RuleKey Of(long lifecycle, string policy, PolicyRule rule) => new(lifecycle, policy, rule.CountedAs);
}
