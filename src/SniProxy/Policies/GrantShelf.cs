using System.Collections.Concurrent;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>All grants at one moment, and what they make of a sandbox's policy. Immutable, replaced as a whole.</summary>
internal sealed class GrantShelf
{
    private readonly TimeProvider clock;
    private readonly Grant[] grants;
    private readonly long nextEnd;

    // What was made of a sandbox's policy, by its id and the grant that a flow has used.
    private readonly ConcurrentDictionary<(string Sandbox, string? Used), Made> made = new();
    private GrantShelf? later;

    public GrantShelf(IEnumerable<Grant> grants, TimeProvider clock)
    {
        this.clock = clock;
        this.grants = [.. grants.OrderBy(grant => grant.Id, StringComparer.Ordinal)];
        nextEnd = this.grants.Length == 0 ? long.MaxValue : this.grants.Min(grant => grant.EndsAt);
    }

    /// <summary>Ordered by id.</summary>
    public IReadOnlyList<Grant> All => Now.grants;

    /// <summary>Also those that have ended since.</summary>
    public IReadOnlyList<Grant> AllAsMade => grants;

    /// <summary>When the first of them ends, as a timestamp of the monotonic clock.</summary>
    public long NextEnd => nextEnd;

    public Grant? Find(string id) => Array.Find(grants, grant => grant.Id == id);

    /// <summary>The policy as it stands for the sandbox: itself where no grant is for it.</summary>
    /// <param name="policy">The sandbox's policy.</param>
    /// <param name="sandbox">Whose.</param>
    /// <param name="used">Null for what a new flow finds, which is nothing in a grant that is used up; else that one grant alone, for an open flow that was counted by it.</param>
    /// <param name="heldByOthers">Grants that are passed over, because other flows hold all that is left of them.</param>
    public Policy Over(Policy policy, Sandbox sandbox, string? used, IReadOnlyList<string> heldByOthers)
    {
        if (!sandbox.IsKnown)
        {
            return policy;
        }

        var shelf = Now;
        if (heldByOthers.Count > 0)
        {
            return shelf.Make(policy, sandbox, used, heldByOthers);
        }

        if (shelf.made.TryGetValue((sandbox.Id, used), out var known) && known.IsOf(policy, sandbox))
        {
            return known.Result;
        }

        var fresh = new Made(policy, sandbox.Lifecycle, sandbox.Labels, shelf.Make(policy, sandbox, used, []));
        shelf.made[(sandbox.Id, used)] = fresh;
        return fresh.Result;
    }

    // What has ended is gone from the moment it ends, whenever the timer comes to take it away.
    private GrantShelf Now
    {
        get
        {
            if (nextEnd == long.MaxValue || clock.GetTimestamp() is var now && now < nextEnd)
            {
                return this;
            }

            later ??= new GrantShelf(grants.Where(grant => grant.EndsAt > now), clock);
            return later.Now;
        }
    }

    private Policy Make(Policy policy, Sandbox sandbox, string? used, IReadOnlyList<string> heldByOthers)
    {
        var mine = grants.Where(grant => (used is null ? !grant.IsSpent : grant.Id == used) && grant.IsFor(sandbox) && !heldByOthers.Contains(grant.Id)).ToArray();
        return mine.Length == 0
            ? policy
            : policy.With(new GrantTable(mine.Select(grant => new GrantRule(grant.Id, grant.Entries, grant.IsByAdmin, grant.Reason))));
    }

    private sealed record Made(Policy Policy, long Lifecycle, IReadOnlyDictionary<string, string> Labels, Policy Result)
    {
        public bool IsOf(Policy policy, Sandbox sandbox) => ReferenceEquals(policy, Policy) && sandbox.Lifecycle == Lifecycle && ReferenceEquals(sandbox.Labels, Labels);
    }
}
