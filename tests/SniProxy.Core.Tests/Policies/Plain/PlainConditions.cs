using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies.Plain;

/// <summary>Which rules hold, told from the document as it is written: a policy of those rules alone.</summary>
internal static class PlainConditions
{
    public static Policy InForce(PolicyDocument document, Policy policy, Sandbox sandbox, TimeSpan moment, DateTimeOffset now)
    {
        var holding = new Policy
        {
            Name = policy.Name,
            Revision = policy.Revision,
            Default = policy.Default,
            Ech = policy.Ech,
            Quic = policy.Quic,
            Table = new RuleTable([.. policy.Rules.Where(rule => rule.Bundle is not null || Holds(document.Rules[rule.Number - 1], sandbox, moment, now))]),
        };
        return policy.Grants is { } grants ? holding.With(grants) : holding;
    }

    private static bool Holds(RuleDocument rule, Sandbox sandbox, TimeSpan moment, DateTimeOffset now)
    {
        if (rule.Expires <= now)
        {
            return false;
        }

        if (rule.When is not { } when)
        {
            return true;
        }

        return when.Labels.All(label => sandbox.Labels.Any(own => own.Key == label.Key && own.Value == label.Value))
            && (when.Signal is null || sandbox.Signals.Any(signal => signal.Name == when.Signal && moment - signal.At < when.Within));
    }
}
