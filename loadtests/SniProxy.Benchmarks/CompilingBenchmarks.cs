using BenchmarkDotNet.Attributes;
using SniProxy.Core.Policies;

namespace SniProxy.Benchmarks;

/// <summary>What it costs to compile a document that has been read.</summary>
public class CompilingBenchmarks
{
    private PolicyDocument? document;

    [Params(100_000)]
    public int Entries { get; set; }

    /// <summary>How many entries stand in one rule: rules cost too.</summary>
    [Params(1, 10, 100_000)]
    public int EntriesOfARule { get; set; }

    [GlobalSetup]
    public void SetUp() => document = SamplePolicy.Document(Entries, EntriesOfARule);

    [Benchmark]
    public Policy? Compiling() => document is null ? null : PolicyCompiler.Compile(document, revision: 1, SamplePolicy.Now);

    /// <summary>What a policy holds once it is compiled, beyond its document, in bytes.</summary>
    public static long Held(int entries, int entriesOfARule)
    {
        var document = SamplePolicy.Document(entries, entriesOfARule);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var policy = PolicyCompiler.Compile(document, revision: 1, SamplePolicy.Now);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(policy);
        GC.KeepAlive(document);
        return held;
    }
}
