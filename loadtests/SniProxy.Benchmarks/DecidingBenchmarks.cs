using BenchmarkDotNet.Attributes;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Tests.Policies.Plain;

namespace SniProxy.Benchmarks;

/// <summary>What one verdict costs: by the compiled policy, as the data path asks it, and by a walk over all rules and entries.</summary>
public class DecidingBenchmarks
{
    private const int Asked = 1 << 16;
    private const int AskedAtOnce = 4096;
    private const int WalkedAtOnce = 16;
    private const int EntriesOfARule = 10;

    private Destination[] destinations = [];
    private Judge judge;
    private PlainJudge plainJudge;
    private int next;

    [Params(100, 1_000, 10_000, 100_000)]
    public int Entries { get; set; }

    [ParamsAllValues]
    public DestinationKind Kind { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var policy = PolicyCompiler.Compile(SamplePolicy.Document(Entries, EntriesOfARule), revision: 1, SamplePolicy.Now);
        judge = new Judge(policy, Mode.Enforce, strict: false, SamplePolicy.Guard);
        plainJudge = new PlainJudge(policy, Mode.Enforce, isStrict: false, SamplePolicy.Guard);
        destinations = SamplePolicy.Destinations(Kind, Entries, Asked);
        AssertBothAgree();
    }

    [Benchmark(OperationsPerInvoke = AskedAtOnce)]
    public int Compiled()
    {
        var refused = 0;
        foreach (ref readonly var destination in Take(AskedAtOnce))
        {
            refused += judge.Begin(destination.Facts).Step == FlowStep.Refuse ? 1 : 0;
        }

        return refused;
    }

    [Benchmark(OperationsPerInvoke = WalkedAtOnce)]
    public int Walked()
    {
        var refused = 0;
        foreach (ref readonly var destination in Take(WalkedAtOnce))
        {
            refused += plainJudge.Begin(destination.Facts).Step == FlowStep.Refuse ? 1 : 0;
        }

        return refused;
    }

    private ReadOnlySpan<Destination> Take(int count)
    {
        next = (next + count) & (Asked - 1);
        return destinations.AsSpan(next, count);
    }

    // A figure is worth nothing where the answers are not the same, or not what the kind of destination says.
    private void AssertBothAgree()
    {
        foreach (var destination in destinations.AsSpan(0, 200))
        {
            var outcome = judge.Begin(destination.Facts);
            var isMatched = outcome.Verdict.Rule is not null;
            if (outcome != plainJudge.Begin(destination.Facts) || (Kind != DestinationKind.Mixed && isMatched != (Kind != DestinationKind.Nothing)))
            {
                throw new InvalidOperationException($"{destination}: {outcome}");
            }
        }
    }
}
