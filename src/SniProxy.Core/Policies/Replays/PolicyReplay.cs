namespace SniProxy.Core.Policies.Replays;

/// <summary>Lets two policies decide about what was recorded.</summary>
public static class PolicyReplay
{
    /// <summary>The destinations on which they differ: in the decision, or in what enforcing would do. Those recorded most often come first.</summary>
    public static IReadOnlyList<VerdictChange> Compare(Policy before, Policy after, IEnumerable<RecordedFlow> flows, DateTimeOffset now) =>
    [
        .. flows
            .GroupBy(flow => flow.Key)
            .Select(group => new VerdictChange(group.First().Destination, group.First().JudgeBy(before, now), group.First().JudgeBy(after, now), group.Sum(flow => flow.Count)))
            .Where(change => (change.Before.Decision, change.Before.WouldDeny) != (change.After.Decision, change.After.WouldDeny))
            .GroupBy(change => (change.Destination, change.Before.Decision, change.Before.WouldDeny, To: change.After.Decision, ToWouldDeny: change.After.WouldDeny))
            .Select(group => group.First() with { Count = group.Sum(change => change.Count) })
            .OrderByDescending(change => change.Count)
            .ThenBy(change => change.Destination, StringComparer.Ordinal),
    ];
}
