// Over 200 lines: which policy judges a sandbox, and every way to change that, share one state.
using System.Collections.Frozen;
using System.Collections.Immutable;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Storage;

namespace SniProxy.Policies;

/// <summary>
/// All policies in force, and which of them judges a sandbox right now. Reading takes no lock; every change swaps one reference and is seen
/// by the next decision.
/// </summary>
internal sealed class PolicyBook
{
    // More names than a line of an event needs.
    private const int MostNamed = 20;

    // What a grant on a sandbox of the policy "deny-all" stands before.
    private static readonly Policy DenyAll = new() { Name = PolicyOptions.DenyAll, Revision = 0 };

    private readonly PolicyOptions options;
    private readonly Revisions revisions;
    private readonly Action<StrictSwitch, string> storeStrict;
    private readonly TimeProvider clock;
    private readonly Lock changing = new();
    private volatile PolicyShelf shelf;

    /// <param name="options">Which policies stand for those that nothing names.</param>
    /// <param name="guard">The floor under all rules.</param>
    /// <param name="strict">The strict switch as it was left.</param>
    /// <param name="revisions">Counts the changes.</param>
    /// <param name="storeStrict">Keeps the strict switch over a restart; called before the change is in force.</param>
    /// <param name="clock">For rules that hold at certain times; the one by which sandboxes get their signals.</param>
    public PolicyBook(
        PolicyOptions options, Guard guard, StrictSwitch strict, Revisions revisions, Action<StrictSwitch, string> storeStrict, TimeProvider? clock = null)
    {
        this.clock = clock ?? TimeProvider.System;
        this.options = options;
        this.revisions = revisions;
        this.storeStrict = storeStrict;
        shelf = new PolicyShelf(FrozenDictionary<string, Policy>.Empty, ImmutableDictionary<string, string>.Empty, strict, guard, guard.Over(options.SyntheticPool), null);
    }

    /// <summary>Raised after every change, outside the lock.</summary>
    public event Action? Changed;

    /// <summary>Of the appliance's latest change, whatever it was about.</summary>
    public long Revision => revisions.Current;

    public StrictSwitch Strict => shelf.Strict;

    public Guard Guard => shelf.Guard;

    /// <summary>Null where there are none.</summary>
    public GrantShelf? Grants => shelf.Grants;

    public IReadOnlyCollection<string> Names =>
        [.. shelf.Policies.Keys.Append(PolicyOptions.DenyAll).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Some rule holds in certain circumstances only: what it lets pass may end without a change.</summary>
    public bool IsConditional => shelf.Policies.Values.Any(policy => policy.IsConditional);

    /// <summary>What is wrong with the newest version of a policy, or null.</summary>
    public string? LoadError(string name) => shelf.Errors.GetValueOrDefault(name);

    public IReadOnlyDictionary<string, string> LoadErrors => shelf.Errors;

    /// <summary>The judge of a sandbox's next flow.</summary>
    public Judge JudgeFor(Sandbox sandbox) => JudgeFor(new SameSandbox(sandbox), out _);

    /// <inheritdoc cref="JudgeFor{TSource}(TSource, IReadOnlyList{string}, out Sandbox)"/>
    public Judge JudgeFor<TSource>(TSource source, out Sandbox sandbox)
        where TSource : struct, ISandboxSource => JudgeFor(source, [], out sandbox);

    /// <summary>The judge of the next flow of whoever is found, and who that is, both as of one revision.</summary>
    /// <param name="source">Finds it; may be asked again.</param>
    /// <param name="heldByOthers">Grants that this flow finds nothing in, because others hold all that is left of them.</param>
    /// <param name="sandbox">Who it is.</param>
    public Judge JudgeFor<TSource>(TSource source, IReadOnlyList<string> heldByOthers, out Sandbox sandbox)
        where TSource : struct, ISandboxSource
    {
        while (true)
        {
            var revision = revisions.Current;
            sandbox = source.Find();
            var judge = JudgeNow(sandbox, used: null, heldByOthers);
            if (revisions.IsCurrent(revision))
            {
                return judge with { Revision = revision };
            }
        }
    }

    /// <summary>The judge of a flow that is open, whose sandbox may have ended: then it refuses everything.</summary>
    /// <param name="source">Whose.</param>
    /// <param name="find">Finds the sandbox as it is now; may be asked again.</param>
    /// <param name="used">A grant that the flow was counted by, which alone is to count; null for those that a new flow would find.</param>
    public Judge JudgeOpen<TSource>(TSource source, Func<TSource, Sandbox?> find, string? used = null)
    {
        while (true)
        {
            var revision = revisions.Current;
            var judge = find(source) is { } sandbox ? JudgeNow(sandbox, used, []) : Judge.Refusing(Reason.UnknownSandbox);
            if (revisions.IsCurrent(revision))
            {
                return judge with { Revision = revision };
            }
        }
    }

    /// <summary>
    /// The judge that a policy makes without a sandbox, for questions about the policy itself; null when there is no such policy.
    /// </summary>
    public Judge? JudgeForPolicy(string name)
    {
        var now = shelf;
        if (name == PolicyOptions.DenyAll)
        {
            return Judge.Refusing(Reason.Default);
        }

        return now.Policies.TryGetValue(name, out var policy)
            ? new Judge(policy, policy.Mode, now.Strict.AppliesTo(name, string.Empty), GuardOf(now, policy), Circumstances.At(clock.GetUtcNow()))
            : null;
    }

    /// <summary>Puts a new set of policies in force.</summary>
    public void Publish(ImmutableDictionary<string, Policy> policies, ImmutableDictionary<string, string> errors, string actor = "file") => Change(
        new ApplianceChange { Actor = actor, Words = $"policies in force: {string.Join(", ", policies.Keys.Order(StringComparer.Ordinal).Take(MostNamed))}" },
        now => now with { Policies = policies.ToFrozenDictionary(StringComparer.Ordinal), Errors = errors });

    public void SetGuard(Guard guard) =>
        Change(new ApplianceChange { Actor = "machine", Words = "guard renewed" }, now => now with { Guard = guard, SyntheticGuard = guard.Over(options.SyntheticPool) });

    /// <summary>Puts another set of grants in force; null for none.</summary>
    public void SetGrants(GrantShelf? grants, ApplianceChange change) => Change(change, now => now with { Grants = grants });

    /// <summary>Switches strict mode, for everything, a share of everything, or one policy. Answers the revision.</summary>
    public long SetStrict(bool on, string? policy, int? percent, string actor)
    {
        lock (changing)
        {
            // Stored first: what could not be stored never was in force.
            var strict = shelf.Strict.With(on, policy, percent);
            storeStrict(strict, actor);
            var share = on && percent is { } part ? FormattableString.Invariant($" for {part} %") : string.Empty;
            return Change(
                new ApplianceChange { Actor = actor, Words = $"strict {(on ? "on" : "off")}{share}", Policy = policy },
                now => now with { Strict = strict });
        }
    }

    private Judge JudgeNow(Sandbox sandbox, string? used, IReadOnlyList<string> heldByOthers)
    {
        var now = shelf;
        if (sandbox.Paused)
        {
            return Judge.Refusing(Reason.Paused);
        }

        if (!sandbox.IsKnown)
        {
            return JudgeUnknown(now, sandbox);
        }

        var name = PolicyOf(now, sandbox);
        return name != PolicyOptions.DenyAll ? JudgeBy(now, now.Find(name), sandbox, used, heldByOthers)
            : now.Grants?.Over(DenyAll, sandbox, used, heldByOthers) is { Grants: not null } ? JudgeBy(now, DenyAll, sandbox, used, heldByOthers)
            : Judge.Refusing(Reason.Default);
    }

    private Judge JudgeBy(PolicyShelf now, Policy? policy, Sandbox sandbox, string? used, IReadOnlyList<string> heldByOthers)
    {
        if (policy is null)
        {
            return Judge.Refusing(Reason.PolicyMissing);
        }

        var isStrict = sandbox.Strict || now.Strict.AppliesTo(policy.Name, sandbox.Id);
        var mode = sandbox.Mode ?? ModeOf(policy, sandbox);
        return new Judge(now.Grants?.Over(policy, sandbox, used, heldByOthers) ?? policy, mode, isStrict, GuardOf(now, policy), CircumstancesOf(policy, sandbox));
    }

    private Guard GuardOf(PolicyShelf now, Policy policy) =>
        (policy.DnsMode ?? options.DnsMode) == PolicyDnsMode.Synthetic ? now.SyntheticGuard : now.Guard;

    private Circumstances CircumstancesOf(Policy policy, Sandbox sandbox) =>
        policy.IsConditional ? Circumstances.Of(sandbox, clock.GetElapsedTime(0), clock.GetUtcNow()) : default;

    // A rollout is part of how a policy is enforced; a mode that somebody set on the sandbox itself stands over both.
    private static Mode ModeOf(Policy policy, Sandbox sandbox) =>
        policy.Mode == Mode.Enforce && !Rollout.Includes(policy.Name, sandbox.Id, policy.Rollout) ? Mode.Shadow : policy.Mode;

    private Judge JudgeUnknown(PolicyShelf now, Sandbox sandbox)
    {
        if (options.Unknown == PolicyOptions.DenyAll)
        {
            return Judge.Refusing(Reason.UnknownSandbox);
        }

        // There is none to fall through to: without its policy an unknown source is refused like one that has none.
        return now.Find(options.Unknown) is { IsEnabled: false } ? Judge.Refusing(Reason.UnknownSandbox)
            : JudgeBy(now, now.Find(options.Unknown), sandbox, used: null, []);
    }

    // The one named on the sandbox, else its binding's, else the default. Only "enabled: false" goes on to the next; what is missing or
    // broken denies.
    private string PolicyOf(PolicyShelf now, Sandbox sandbox)
    {
        foreach (var name in (ReadOnlySpan<string?>)[sandbox.Policy, sandbox.BoundPolicy])
        {
            if (name is not null && !IsDisabled(now, name))
            {
                return name;
            }
        }

        return IsDisabled(now, options.Default) ? string.Empty : options.Default;
    }

    private static bool IsDisabled(PolicyShelf now, string name) => now.Find(name) is { IsEnabled: false };

    private long Change(ApplianceChange change, Func<PolicyShelf, PolicyShelf> after)
    {
        long revision;
        lock (changing)
        {
            var next = after(shelf);
            revision = revisions.Apply(change, _ => shelf = next);
        }

        Changed?.Invoke();
        return revision;
    }

    private readonly struct SameSandbox(Sandbox sandbox) : ISandboxSource
    {
        public Sandbox Find() => sandbox;
    }
}
