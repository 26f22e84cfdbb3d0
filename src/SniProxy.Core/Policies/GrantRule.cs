namespace SniProxy.Core.Policies;

/// <summary>A temporary allow, as it is compiled: before all rules of a policy, whatever they say.</summary>
/// <param name="Id">Of the grant; events carry it.</param>
/// <param name="Entries">What it opens, read like those of an allow rule.</param>
/// <param name="LiftsPrivate">An address entry wholly inside a private range opens it, as in a policy: an admin made the grant.</param>
/// <param name="Reason">What its author wants to be shown.</param>
public sealed record GrantRule(string Id, IReadOnlyList<PolicyEntry> Entries, bool LiftsPrivate, string? Reason);
