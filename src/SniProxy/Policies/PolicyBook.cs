using System.Collections.Immutable;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>
/// All policies in force, and which of them judges a sandbox right now. Reading takes no lock; every change swaps one reference and is seen
/// by the next decision.
/// </summary>
internal sealed class PolicyBook
{
    private readonly PolicyOptions options;
    private readonly Action<StrictSwitch, string> storeStrict;
    private readonly TimeProvider clock;
    private readonly Lock changing = new();
    private volatile PolicyShelf shelf;

    /// <param name="options">Which policies stand for those that nothing names.</param>
    /// <param name="guard">The floor under all rules.</param>
    /// <param name="strict">The strict switch as it was left.</param>
    /// <param name="revision">The revision to go on from.</param>
    /// <param name="storeStrict">Keeps the strict switch over a restart; called before the change is in force.</param>
    /// <param name="clock">For rules that hold at certain times; the one by which sandboxes get their signals.</param>
    public PolicyBook(
        PolicyOptions options, Guard guard, StrictSwitch strict, long revision, Action<StrictSwitch, string> storeStrict, TimeProvider? clock = null)
    {
        this.clock = clock ?? TimeProvider.System;
        this.options = options;
        this.storeStrict = storeStrict;
        shelf = new PolicyShelf(
            ImmutableDictionary<string, Policy>.Empty, ImmutableDictionary<string, string>.Empty, strict, guard, revision);
    }

    /// <summary>Raised after every change, outside the lock.</summary>
    public event Action? Changed;

    public long Revision => shelf.Revision;

    public StrictSwitch Strict => shelf.Strict;

    public Guard Guard => shelf.Guard;

    public IReadOnlyCollection<string> Names =>
        [.. shelf.Policies.Keys.Append(PolicyOptions.DenyAll).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What is wrong with the newest version of a policy, or null.</summary>
    public string? LoadError(string name) => shelf.Errors.GetValueOrDefault(name);

    public IReadOnlyDictionary<string, string> LoadErrors => shelf.Errors;

    /// <summary>The judge of a sandbox's next flow.</summary>
    public Judge JudgeFor(Sandbox sandbox)
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
        return name == PolicyOptions.DenyAll ? Judge.Refusing(Reason.Default) : JudgeBy(now, now.Policies.GetValueOrDefault(name), sandbox);
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
            ? new Judge(policy, policy.Mode, now.Strict.AppliesTo(name, string.Empty), now.Guard, Circumstances.At(clock.GetUtcNow()))
            : null;
    }

    /// <summary>Puts a new set of policies in force.</summary>
    public void Publish(ImmutableDictionary<string, Policy> policies, ImmutableDictionary<string, string> errors) =>
        Change(now => now with { Policies = policies, Errors = errors });

    public void SetGuard(Guard guard) => Change(now => now with { Guard = guard });

    /// <summary>Switches strict mode, for everything, a share of everything, or one policy.</summary>
    public void SetStrict(bool on, string? policy, int? percent, string actor) => Change(now =>
    {
        var strict = now.Strict.With(on, policy, percent);
        storeStrict(strict, actor);
        return now with { Strict = strict };
    });

    private Judge JudgeBy(PolicyShelf now, Policy? policy, Sandbox sandbox)
    {
        if (policy is null)
        {
            return Judge.Refusing(Reason.PolicyMissing);
        }

        return new Judge(
            policy,
            sandbox.Mode ?? ModeOf(policy, sandbox),
            sandbox.Strict || now.Strict.AppliesTo(policy.Name, sandbox.Id),
            now.Guard,
            policy.IsConditional ? Circumstances.Of(sandbox, clock.GetElapsedTime(0), clock.GetUtcNow()) : default);
    }

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
        return now.Policies.GetValueOrDefault(options.Unknown) is { IsEnabled: false } ? Judge.Refusing(Reason.UnknownSandbox)
            : JudgeBy(now, now.Policies.GetValueOrDefault(options.Unknown), sandbox);
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

    private static bool IsDisabled(PolicyShelf now, string name) => now.Policies.TryGetValue(name, out var policy) && !policy.IsEnabled;

    private void Change(Func<PolicyShelf, PolicyShelf> change)
    {
        lock (changing)
        {
            var now = shelf;
            shelf = change(now) with { Revision = now.Revision + 1 };
        }

        Changed?.Invoke();
    }
}
