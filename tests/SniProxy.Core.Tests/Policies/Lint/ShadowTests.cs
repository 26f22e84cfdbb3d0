using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Exports;
using SniProxy.Core.Policies.Lint;

namespace SniProxy.Core.Tests.Policies.Lint;

/// <summary>A rule of which lint says that it never decides does not.</summary>
public sealed class ShadowTests
{
    [Fact]
    public void WhatIsCalledUnreachableDecidesNothing()
    {
        var unreachable = 0;
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new RandomPolicies(seed);
            var document = random.Document();
            var root = JsonNodes.Parse($$"""{"rules":[{{string.Join(',', document.Rules.Select(_ => "{}"))}}]}""");
            var silent = PolicyLint.Check(document, root, "p", new LintFacts(Given.Now, WatchedNames.None))
                .Where(finding => finding.Lint == "unreachable" && finding.Message.Contains(" never decides: ", StringComparison.Ordinal))
                .Select(finding => int.Parse(finding.Path.AsSpan(6, finding.Path.Length - 7)) + 1)
                .ToHashSet();
            unreachable += silent.Count;
            for (var i = 0; i < 100 && silent.Count > 0; i++)
            {
                AssertSilent(random, document, silent);
            }
        }

        Assert.True(unreachable > 150, $"{unreachable} rules are few to say anything by");
    }

    private static void AssertSilent(RandomPolicies random, PolicyDocument document, HashSet<int> silent)
    {
        var policy = PolicyCompiler.Compile(document, revision: 1, Given.Now);
        var judge = new Judge(policy, Mode.Enforce, strict: false, new Guard(), Circumstances.Of(random.Sandbox(), RandomPolicies.Moment, Given.Now));
        var flow = random.Flow();

        // A client of good will, whose name was read and belongs to the address: for others, what is unknown helps whatever denies.
        if (!flow.IsBound || flow.IsLiteral || flow.Name is null || flow.Unreadable != Reason.None || flow.Evidence == Evidence.Dns)
        {
            return;
        }

        // Where the name is yet to be resolved, the rule is only one that might decide.
        var rule = FlowJudgement.IsDirect(flow) ? judge.Begin(flow).Verdict.Rule : null;
        Assert.False(rule is { Bundle: null } && silent.Contains(rule.Number), $"rule {rule?.Name} decided about {flow.Protocol} {flow.Name}:{flow.Port} {flow.OriginalDestination}; {NodeText.Of(PolicyDocumentWriter.Write(document))}");
    }
}
