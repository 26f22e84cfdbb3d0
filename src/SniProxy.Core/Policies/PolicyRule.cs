using SniProxy.Core.Contract;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>The identity of a rule, as verdicts and events carry it.</summary>
public sealed class PolicyRule
{
    /// <summary>Its place in the document, counted from 1, and its label where it has one, such as <c>2 (pip and git)</c>.</summary>
    public required string Name { get; init; }

    public required Decision Decision { get; init; }

    /// <summary>What its author wants to be shown to whoever it decides about.</summary>
    public string? Reason { get; init; }

    public int Line { get; init; }

    /// <summary>Its place in the document, counted from 1.</summary>
    public int Number { get; init; }

    public string? Label { get; init; }

    public int Priority { get; init; } = 100;

    /// <summary>How much it lets pass for each sandbox; null where that is unlimited. Never of a deny rule.</summary>
    public RuleLimits? Limits { get; init; }

    /// <summary>The grant that this is, and no rule of the policy; null for a rule.</summary>
    public string? Grant { get; init; }

    /// <summary>False for a grant that may not open private addresses.</summary>
    internal bool LiftsPrivate { get; init; } = true;

    internal RuleEntry[] Scope { get; init; } = [];

    internal EntryTable Except { get; init; } = EntryTable.Empty;

    internal BlockSet ResolvesTo { get; init; } = BlockSet.Empty;
}
