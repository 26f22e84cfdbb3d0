using System.Net;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Tests.Policies.Plain;

namespace SniProxy.Tests.Policies;

/// <summary>
/// From what is written to what is dialled: documents, grants, modes, roll-out and strict switches as they stand for a sandbox, against a reading
/// of the language that shares nothing with the product but its words. Names in DNS are compared in the tests of the core, where grants are as well.
/// </summary>
public sealed class WrittenAndJudgedTests
{
    private const int SandboxesOfAWorld = 10;
    private const int FlowsOfASandbox = 40;

    [Fact]
    public void AgreesWithAPlainReading() => Compare(seed: 20270401, pairs: 20_000);

    [Fact]
    [Trait("Tier", "full")]
    public void AgreesWithAPlainReadingOnAMillionPairs() => Compare(seed: 20280401, pairs: 1_000_000);

    private static void Compare(int seed, int pairs)
    {
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < pairs / (SandboxesOfAWorld * FlowsOfASandbox); i++)
        {
            var drawn = new DrawnWorld(seed + i);
            var world = drawn.World();
            var book = world.ToBook(drawn.Later);
            for (var box = 0; box < SandboxesOfAWorld; box++)
            {
                var sandbox = drawn.Sandbox();
                var judge = book.JudgeFor(sandbox.ToSandbox(world.Clock));
                for (var at = 0; at < FlowsOfASandbox; at++)
                {
                    var flow = drawn.Flow();
                    var (plain, live) = (world.Judge(sandbox, flow), Decide(judge, flow));
                    AssertSame(plain, live, () => $"seed {seed + i}, {judge.Policy?.Name} {judge.Mode} strict {judge.IsStrict}, {sandbox}\n{flow}\n{Text(world, judge)}");
                    Count(counts, plain);
                }
            }
        }

        // Each answer comes up, or it is not asked for.
        var told = string.Join(", ", counts.OrderByDescending(one => one.Value));
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.All(Enum.GetValues<Decision>(), decision => Assert.True(counts.GetValueOrDefault($"{decision}") > pairs / 25, told));
        Assert.All(Reasons, reason => Assert.True(counts.GetValueOrDefault($"{reason}") > 0, $"never {reason}: {told}"));
        Assert.All((string[])["would deny", "by a grant", "by a bundle", "elsewhere"], word => Assert.True(counts.GetValueOrDefault(word) > pairs / 250, told));
    }

    // All that a judge says of flows.
    private static readonly Reason[] Reasons =
    [
        Reason.Rule, Reason.Grant, Reason.Default, Reason.PolicyMissing, Reason.GuardPrivate, Reason.GuardNever, Reason.GuardSelf, Reason.UnknownSandbox, Reason.Paused,
        Reason.NoServerName, Reason.MalformedClientHello, Reason.ClientHelloTimeout, Reason.ClientHelloTooLarge, Reason.MalformedRequest, Reason.ProtocolMismatch,
        Reason.NameMismatch, Reason.UnboundName, Reason.Ech, Reason.Quic, Reason.Udp, Reason.Strict, Reason.UpstreamUnresolvable,
    ];

    // In the steps in which a door takes them.
    private static PlainOutcome Decide(in Judge judge, WrittenFlow flow)
    {
        var outcome = judge.Begin(flow.ToFacts());
        if (outcome.Step != FlowStep.Resolve)
        {
            return new PlainOutcome(PlainVerdict.Of(outcome.Verdict), outcome.Step == FlowStep.Dial && flow.To is { } to ? [to] : []);
        }

        var dial = new Address[Math.Max(1, flow.Resolved.Length)];
        outcome = judge.Finish(flow.ToFacts(), flow.ToResolved(), dial, out var count);
        return new PlainOutcome(PlainVerdict.Of(outcome.Verdict), outcome.Step == FlowStep.Dial ? [.. dial[..count].Select(address => IPAddress.Parse(address.ToString()))] : []);
    }

    private static void AssertSame(PlainOutcome plain, PlainOutcome live, Func<string> place)
    {
        if (plain.Verdict != live.Verdict || !plain.Dialled.SequenceEqual(live.Dialled))
        {
            Assert.Fail($"{place()}\n  a plain reading says {plain}\n  the judge {live}");
        }
    }

    private static string Text(World world, in Judge judge)
    {
        var name = judge.Policy?.Name;
        var grants = string.Join(' ', judge.Policy?.Grants is null ? [] : world.Grants.Select(grant => $"{grant.Id}: {string.Join(' ', grant.Entries.Select(entry => entry.Text))}"));
        return $"{Array.Find(world.Policies, policy => policy.Name == name)?.ToJson()} {grants}";
    }

    private static void Count(Dictionary<string, int> counts, PlainOutcome outcome)
    {
        Add($"{outcome.Verdict.Decision}", true);
        Add($"{outcome.Verdict.Reason}", true);
        Add("would deny", outcome.Verdict.WouldDeny);
        Add("by a grant", outcome.Verdict.Reason == Reason.Grant);
        Add("by a bundle", outcome.Verdict.By?.StartsWith("bundle", StringComparison.Ordinal) == true);
        Add("elsewhere", outcome is { Unresolved: not null, Dialled.Count: > 0 });

        void Add(string word, bool isSo) => counts[word] = counts.GetValueOrDefault(word) + (isSo ? 1 : 0);
    }
}
