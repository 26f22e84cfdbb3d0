using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>Where strict mode is switched on, beyond the switches that sandboxes carry themselves. The strictest wins.</summary>
/// <param name="On">For all sandboxes, or for <paramref name="Percent"/> of them.</param>
/// <param name="Percent">The stable share of the sandboxes that <paramref name="On"/> takes, 1 to 100.</param>
/// <param name="Policies">The policies it is on for.</param>
internal sealed record StrictSwitch(bool On, int Percent, IReadOnlySet<string> Policies)
{
    public static StrictSwitch Off { get; } = new(false, 100, new HashSet<string>());

    public bool AppliesTo(string policy, string sandbox) =>
        (On && Rollout.Includes("strict", sandbox, Percent)) || Policies.Contains(policy);

    public StrictSwitch With(bool on, string? policy, int? percent)
    {
        if (policy is null)
        {
            return this with { On = on, Percent = on ? percent ?? 100 : 100 };
        }

        var policies = Policies.ToHashSet(StringComparer.Ordinal);
        _ = on ? policies.Add(policy) : policies.Remove(policy);
        return this with { Policies = policies };
    }
}
