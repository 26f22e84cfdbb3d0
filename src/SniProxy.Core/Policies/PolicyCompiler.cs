using System.Globalization;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>Turns a document into what flows are judged by.</summary>
public static class PolicyCompiler
{
    /// <param name="document">A document without errors.</param>
    /// <param name="revision">The revision that decisions by this policy carry.</param>
    /// <param name="now">Rules that have expired by now are left out; see <see cref="Policy.NextExpiry"/>.</param>
    public static Policy Compile(PolicyDocument document, long revision, DateTimeOffset now)
    {
        var labels = document.Rules.Select(rule => rule.Label).OfType<string>().CountBy(label => label).Where(label => label.Value == 1).Select(label => label.Key).ToHashSet();
        var rules = document.Bundles
            .SelectMany(bundle => bundle.Rules.Select((rule, index) => (Rule: rule, Number: index + 1, Bundle: (string?)bundle.Name)))
            .Concat(document.Rules.Select((rule, index) => (Rule: rule, Number: index + 1, Bundle: (string?)null)))
            .Where(item => !(item.Rule.Expires <= now))
            .OrderBy(item => item.Rule.Priority) // a stable sort: ties keep their place in the document, and bundles stand before it
            .Select(item => (item.Rule, item.Number, item.Bundle, Scope: Scope(item.Rule)))
            .ToArray() // all entries before the first rule, so that they lie close together
            .Select(item => Compile(item.Rule, item.Number, item.Bundle, item.Scope, labels));
        PolicyRule[] compiled = [.. rules];
        return new Policy
        {
            Name = document.Name,
            Revision = revision,
            IsEnabled = document.IsEnabled,
            Mode = document.Mode,
            Default = document.Default,
            Rollout = document.Rollout,
            Ech = document.Ech,
            Quic = document.Quic,
            DnsMode = document.DnsMode,
            OnRevoke = document.OnRevoke,
            NextExpiry = document.Rules.Where(rule => rule.Expires > now).Min(rule => rule.Expires),
            IsConditional = compiled.Any(rule => rule.Condition is not null),
            HasLimits = compiled.Any(rule => rule.Limits is not null),
            Table = new RuleTable(compiled),
        };
    }

    private static RuleEntry[] Scope(RuleDocument rule) => [.. rule.Scope.Select(entry => new RuleEntry(entry, rule.Decision, rule.Protocol))];

    private static PolicyRule Compile(RuleDocument rule, int number, string? bundle, RuleEntry[] scope, HashSet<string> labels) => new()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"{(bundle is null ? "" : $"{bundle}/")}{number}{(rule.Label is null ? "" : $" ({rule.Label})")}"),
        Bundle = bundle,
        Decision = rule.Decision,
        Reason = rule.Reason,
        Line = rule.Line,
        Number = number,
        Label = rule.Label,
        Priority = rule.Priority,
        Limits = rule.Limits,
        CountedAs = bundle is null && rule.Label is { } label && labels.Contains(label) ? $"label {label}" : null,
        Condition = RuleCondition.Of(rule),
        Scope = scope,
        Except = rule.Except.Count == 0 ? EntryTable.Empty : new EntryTable([.. rule.Except.Select(entry => new RuleEntry(entry, decision: null))]),
        ResolvesTo = rule.ResolvesTo.Count == 0 ? BlockSet.Empty : new BlockSet(rule.ResolvesTo),
    };
}
