using SniProxy.Core.Policies.Lint;

namespace SniProxy.Core.Policies.Drafts;

/// <summary>How a policy is drafted.</summary>
public sealed record DraftOptions
{
    /// <summary>The name of the policy.</summary>
    public required string Name { get; init; }

    /// <summary>What no wildcard may cover.</summary>
    public required WatchedNames Names { get; init; }

    /// <summary>From how many names side by side a wildcard stands for them; 0 for never.</summary>
    public int WidenFrom { get; init; } = 5;

    /// <summary>Rules for each service.</summary>
    public bool ByService { get; init; }

    /// <summary>Rules for each phase.</summary>
    public bool ByPhase { get; init; }
}
