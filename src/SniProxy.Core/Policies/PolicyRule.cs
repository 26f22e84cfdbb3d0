using System.Diagnostics.CodeAnalysis;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>The identity of a rule, as verdicts and events carry it.</summary>
public sealed class PolicyRule
{
    /// <summary>
    /// Its place in the document, counted from 1, and its label where it has one, such as <c>2 (pip and git)</c>; before it the bundle's name
    /// where it comes from one, as in <c>pypi/1 (index and files)</c>.
    /// </summary>
    public required string Name { get; init; }

    public required Decision Decision { get; init; }

    /// <summary>What its author wants to be shown to whoever it decides about.</summary>
    public string? Reason { get; init; }

    /// <summary>The bundle it comes from, or null.</summary>
    public string? Bundle { get; init; }

    /// <summary>In the document, or in the bundle.</summary>
    public int Line { get; init; }

    /// <summary>Its place in the document, or in the bundle, counted from 1.</summary>
    public int Number { get; init; }

    public string? Label { get; init; }

    public int Priority { get; init; } = 100;

    /// <summary>What is said of a flow that it lets through, once somebody asked.</summary>
    internal string? WordsOfAllowed { get; set; }

    /// <summary>How much it lets pass for each sandbox; null where that is unlimited. Never of a deny rule.</summary>
    public RuleLimits? Limits { get; init; }

    /// <summary>
    /// What its limits are counted under: its label, so that it may move, where no other rule of the document has the same one; else its name.
    /// </summary>
    [AllowNull]
    public string CountedAs { get => field ?? Name; init; }

    /// <summary>The grant that this is, and no rule of the policy; null for a rule.</summary>
    public string? Grant { get; init; }

    /// <summary>False for a grant that may not open private addresses.</summary>
    internal bool LiftsPrivate { get; init; } = true;

    /// <summary>When it holds at all; null: always.</summary>
    internal RuleCondition? Condition { get; init; }

    internal RuleEntry[] Scope { get; init; } = [];

    internal EntryTable Except { get; init; } = EntryTable.Empty;

    internal BlockSet ResolvesTo { get; init; } = BlockSet.Empty;
}
