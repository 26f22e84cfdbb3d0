using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>A rule as it is written.</summary>
public sealed record RuleDocument
{
    public const int DefaultPriority = 100;

    public required Decision Decision { get; init; }

    /// <summary>The list under <c>allow</c>, <c>deny</c> or <c>audit</c>.</summary>
    public required IReadOnlyList<PolicyEntry> Scope { get; init; }

    public IReadOnlyList<PolicyEntry> Except { get; init; } = [];

    public string? Label { get; init; }

    /// <summary>Lowest first.</summary>
    public int Priority { get; init; } = DefaultPriority;

    public string? Reason { get; init; }

    public string? Owner { get; init; }

    /// <summary>Where the rule's hosts are documented.</summary>
    public string? Source { get; init; }

    public DateOnly? ReviewBy { get; init; }

    /// <summary>From then on the rule no longer matches.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Null: always.</summary>
    public RuleWhen? When { get; init; }

    /// <summary>Null: none.</summary>
    public RuleLimits? Limits { get; init; }

    public EntryScheme Protocol { get; init; }

    public IReadOnlyList<Cidr> ResolvesTo { get; init; } = [];

    public int Line { get; init; }

    public int Column { get; init; }
}
