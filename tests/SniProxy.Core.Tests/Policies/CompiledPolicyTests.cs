using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Tests.Policies.Plain;

namespace SniProxy.Core.Tests.Policies;

/// <summary>What is looked up is what a walk over all rules finds, whatever the policy and whatever is asked.</summary>
public sealed class CompiledPolicyTests
{
    private const int FlowsOfAPolicy = 100;

    [Fact]
    public void AgreesWithAWalkOverAllRules() => Compare(seed: 20270101, pairs: 50_000);

    [Fact]
    [Trait("Tier", "full")]
    public void AgreesWithAWalkOverAllRulesOnAMillionPairs() => Compare(seed: 20270102, pairs: 1_000_000);

    // The longer lists of exceptions are looked up, and they too have a say in which ports are tried.
    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void FindsTheOnePortThatIsLeft(int others)
    {
        var padding = string.Concat(Enumerable.Range(0, others).Select(i => $",\"other-{i}.example\""));
        var names = Given.Judge($$"""{"rules":[{"allow":"x.example:1-100","except":["x.example:1-49","x.example:51-100"{{padding}}]}]}""");
        Assert.Equal(Decision.Allow, names.JudgeName(Given.Name("x.example")).Decision);
        var addresses = Given.Judge($$"""{"default":"allow","rules":[{"deny":"x.example","except":["203.0.113.7:50"{{padding}}]}]}""");
        Assert.Equal(Reason.Default, addresses.JudgeName(Given.Name("x.example")).Reason);
        var anything = Given.Judge($$"""{"default":"allow","rules":[{"deny":"x.example","except":["any:50"{{padding}}]}]}""");
        Assert.Equal(Reason.Default, anything.JudgeName(Given.Name("x.example")).Reason);
    }

    private static void Compare(int seed, int pairs)
    {
        var allowed = 0;
        for (var i = 0; i < pairs / FlowsOfAPolicy; i++)
        {
            var random = new RandomPolicies(seed + i);
            var document = random.Document();
            var policy = PolicyCompiler.Compile(document, revision: 1, Given.Now);
            AssertOrder(document, policy);
            for (var flow = 0; flow < FlowsOfAPolicy; flow++)
            {
                allowed += Compare(random, document, random.Granted(policy), $"policy {seed + i}, flow {flow}") ? 1 : 0;
            }
        }

        // Both sides of every question must come up, or it is not asked.
        Assert.InRange(allowed, pairs / 10, pairs - pairs / 10);
    }

    private static bool Compare(RandomPolicies random, PolicyDocument document, Policy policy, string place)
    {
        var (sandbox, now) = (random.Sandbox(), random.Now());
        var circumstances = Circumstances.Of(sandbox, RandomPolicies.Moment, now);
        var rules = new RulesInForce(policy, in circumstances);
        var judge = random.Judge(policy, circumstances, out var mode, out var isStrict, out var guard);
        var inForce = PlainConditions.InForce(document, policy, sandbox, RandomPolicies.Moment, now);
        var plain = new PlainJudge(inForce, mode, isStrict, guard);
        var flow = random.Flow();
        var begun = judge.Begin(flow);
        AssertSame(plain.Begin(flow), begun, place);

        var resolved = random.Resolved();
        var (dial, plainDial) = (new Address[Math.Max(1, resolved.Length)], new Address[Math.Max(1, resolved.Length)]);
        AssertSame(plain.Finish(flow, resolved, plainDial, out var plainCount), judge.Finish(flow, resolved, dial, out var count), place);
        AssertSame(string.Join(' ', plainDial[..plainCount]), string.Join(' ', dial[..count]), place);
        AssertSame(PlainNearMiss.Find(rules, inForce, flow), NearMiss.Find(rules, flow), place);

        AssertSame(plain.Prospect(flow), judge.Prospect(flow), place);

        var name = random.Name();
        var address = random.Address();
        AssertSame(plain.JudgeName(name), judge.JudgeName(name), place);
        AssertSame(plain.MayAllowBelow(name), judge.MayAllowBelow(name), place);
        AssertSame(plain.MayAnswer(name, address), judge.MayAnswer(name, address), place);
        AssertSame(plain.DeniesByRule(name), judge.DeniesByRule(name), place);
        AssertSame(PlainNearMiss.Find(rules, inForce, name), NearMiss.Find(rules, name), place);
        AssertTold(rules, flow, isStrict, place);
        return begun.Step != FlowStep.Refuse;
    }

    // The walk that is told ends at the rule that is found.
    private static void AssertTold(RulesInForce rules, in FlowFacts flow, bool isStrict, string place)
    {
        var pair = Pair.Of(flow, flow.OriginalDestination, isUnbound: !flow.IsBound);
        var told = Explainer.Walk(rules, pair, flow, isStrict)[^1];
        var grant = rules.HasGrants ? RuleSearch.FirstMatch(rules.Grants, pair, isStrict).Rule : null;
        var found = grant ?? RuleSearch.FirstMatch(rules, pair, isStrict).Rule;
        AssertSame(found?.Name ?? "default", told.Rule, place);
    }

    private static void AssertOrder(PolicyDocument document, Policy policy)
    {
        var expected = new List<(string?, int)>();
        foreach (var priority in document.Rules.Select(rule => rule.Priority).Append(100).Distinct().Order())
        {
            foreach (var bundle in priority == 100 ? document.Bundles : [])
            {
                expected.AddRange(Enumerable.Range(1, bundle.Rules.Count).Select(number => ((string?)bundle.Name, number)));
            }

            for (var i = 0; i < document.Rules.Count; i++)
            {
                if (document.Rules[i].Priority == priority && (document.Rules[i].Expires ?? DateTimeOffset.MaxValue) > Given.Now)
                {
                    expected.Add((null, i + 1));
                }
            }
        }

        Assert.Equal(expected, policy.Rules.Select(rule => (rule.Bundle, rule.Number)));
    }

    private static void AssertSame<T>(T expected, T actual, string place)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            Assert.Fail($"{place}: a walk says {expected}, the table {actual}");
        }
    }
}
