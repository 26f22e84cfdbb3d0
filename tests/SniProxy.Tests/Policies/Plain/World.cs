using System.Collections.Immutable;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Storage;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>All that decides at one moment, as it is written: policies, grants, and the strict switch. It is told to a book, and read here.</summary>
internal sealed record World
{
    public required TwoClocks Clock { get; init; }

    public required WrittenPolicy[] Policies { get; init; }

    public WrittenGrant[] Grants { get; init; } = [];

    public required string DefaultPolicy { get; init; }

    public required string UnknownPolicy { get; init; }

    public StrictSwitch Strict { get; init; } = StrictSwitch.Off;

    /// <summary>In force, some time after the policies were compiled.</summary>
    public PolicyBook ToBook(TimeSpan later)
    {
        var compiled = Policies.Select(policy => policy.Compile(Clock.GetUtcNow())).ToImmutableDictionary(policy => policy.Name);
        Clock.Pass(later);
        var book = new PolicyBook(new PolicyOptions("/", DefaultPolicy, UnknownPolicy), PlainAddresses.Guard, Strict, TestRevisions.From(0), (_, _) => { }, Clock);
        book.Publish(compiled, ImmutableDictionary<string, string>.Empty);
        if (Grants.Length > 0)
        {
            book.SetGrants(new GrantShelf(Grants.Select(grant => grant.ToGrant(Clock)), Clock), new ApplianceChange { Actor = "test", Words = "grants" });
        }

        return book;
    }

    public PlainOutcome Judge(WrittenSandbox sandbox, WrittenFlow flow)
    {
        var grants = Grants.Where(grant => grant.StandsFor(sandbox)).OrderBy(grant => grant.Id, StringComparer.Ordinal).ToList();
        var (policy, refusal) = PolicyOf(sandbox, grants.Count > 0);
        if (policy is null)
        {
            return PlainOutcome.Refused(PlainVerdict.Deny(refusal));
        }

        // Which share of the sandboxes it is, the product may choose; that it is as large as was said and stays the same has tests of its own.
        var mode = sandbox.Mode ?? (policy.Mode == Mode.Enforce && !Rollout.Includes(policy.Name, sandbox.Id, policy.Rollout) ? Mode.Shadow : policy.Mode);
        var isStrict = sandbox.IsStrict || Strict.Policies.Contains(policy.Name) || (Strict.On && Rollout.Includes("strict", sandbox.Id, Strict.Percent));
        var holding = policy.InOrder.Where(one => one.Rule.Holds(sandbox, Clock.GetUtcNow())).ToList();
        var walk = new PlainWalk(policy, holding, grants, isStrict);
        var enforced = new PlainFlow(policy, walk, isStrict, asksFirst: mode == Mode.Enforce || isStrict, flow).Judge();
        return PlainMode.Over(enforced, mode, isStrict, flow);
    }

    // The one named on the sandbox, else its binding's, else the default; only a disabled one is passed over.
    private (WrittenPolicy? Policy, Reason Refusal) PolicyOf(WrittenSandbox sandbox, bool isGranted)
    {
        if (sandbox.IsPaused)
        {
            return (null, Reason.Paused);
        }

        if (!sandbox.IsKnown)
        {
            return UnknownPolicy == PolicyOptions.DenyAll || Find(UnknownPolicy) is { IsEnabled: false } ? (null, Reason.UnknownSandbox) : (Find(UnknownPolicy), Reason.PolicyMissing);
        }

        var name = new[] { sandbox.Policy, sandbox.BoundPolicy, DefaultPolicy }.FirstOrDefault(one => one is not null && Find(one) is not { IsEnabled: false });
        return name == PolicyOptions.DenyAll
            ? (isGranted ? new WrittenPolicy { Name = PolicyOptions.DenyAll } : null, Reason.Default)
            : (name is null ? null : Find(name), Reason.PolicyMissing);
    }

    private WrittenPolicy? Find(string name) => Array.Find(Policies, policy => policy.Name == name);
}
