using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Core.Tests.Policies.Plain;
using SniProxy.Core.Tests.Tls;

namespace SniProxy.Core.Tests.Policies;

/// <summary>What deciding and compiling cost, by how many entries a policy has. Run in Release with <c>-showLiveOutput</c> to see figures.</summary>
[Collection(nameof(CostTests))]
public sealed class DecisionCostTests
{
    private const int Rounds = 300;
    private static readonly Guard Guard = new();

    [Theory]
    [InlineData(LargePolicy.RulesOfOneHost)]
    [InlineData(LargePolicy.OneRuleOfAllHosts)]
    [InlineData(LargePolicy.AllKinds)]
    public void DecidingAllocatesNothing(string shape)
    {
        var policy = PolicyCompiler.Compile(LargePolicy.Document(shape, 1_000), 1, Given.Now);
        AssertAllocatesNothing(new Judge(policy, Mode.Enforce, strict: false, Guard));
    }

    [Fact]
    public void ConditionsAllocateNothingEither()
    {
        var document = LargePolicy.Document(LargePolicy.RulesOfOneHost, 1_000);
        var when = new RuleWhen { Labels = new Dictionary<string, string> { ["phase"] = "build" }, Signal = "read", Within = TimeSpan.FromMinutes(5) };
        var policy = PolicyCompiler.Compile(
            document with { Rules = [.. document.Rules.Select((rule, i) => i % 2 == 0 ? rule with { When = when, Expires = Given.Now.AddDays(1) } : rule)] }, 1, Given.Now);
        Assert.True(policy.IsConditional);
        var sandbox = new Sandbox
        {
            Id = "box", Lifecycle = 1, Labels = new Dictionary<string, string> { ["phase"] = "build" }, Signals = [new Signal("other", default, Given.Now), new Signal("read", default, Given.Now)],
        };
        AssertAllocatesNothing(new Judge(policy, Mode.Enforce, strict: false, Guard, Circumstances.Of(sandbox, TimeSpan.FromMinutes(1), Given.Now)));
    }

    private static void AssertAllocatesNothing(Judge judge)
    {
        var names = LargePolicy.Names(1_000);
        var allocated = long.MaxValue;
        for (var start = Stopwatch.GetTimestamp(); allocated > 0 && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20);)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            foreach (var name in names)
            {
                judge.Begin(LargePolicy.Flow(name));
                judge.JudgeName(name);
                judge.MayAllowBelow(name);
                judge.MayAnswer(name, LargePolicy.Destination);
                judge.DeniesByRule(name);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    [Theory]
    [Trait("Tier", "full")]
    [InlineData(LargePolicy.RulesOfOneHost)]
    [InlineData(LargePolicy.OneRuleOfAllHosts)]
    [InlineData(LargePolicy.AllKinds)]
    public void ManyEntriesCostHardlyMoreThanFew(string shape)
    {
        foreach (var count in new[] { 100, 1_000, 10_000, 100_000 })
        {
            var (policy, compile, allocated, held) = Compile(shape, count);
            var names = LargePolicy.Names(count);
            var (median, least) = TimeLookedUp(policy, names);
            var told = TimeTold(policy, names);
            var walked = TimeWalked(policy, names);
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{shape}, {count}: median {median:f0} ns, least {least:f0} ns, denial told in {told:f0} ns, walked {walked:f0} ns; compiled in {compile.TotalMilliseconds:f0} ms, {allocated >> 20} MiB allocated, {held >> 20} MiB held"));

            // A machine with neighbours measures no nanoseconds, but it cannot take a walk for a look-up.
            Assert.True(count < 10_000 || least < walked / 50, $"{least} ns against {walked} ns");
            Assert.True(count < 10_000 || told < walked / 5, $"a denial is told in {told} ns, a walk takes {walked} ns");
            Assert.InRange(compile, TimeSpan.Zero, TimeSpan.FromSeconds(1));
            Assert.InRange(allocated, 0, 100 << 20);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (Policy Policy, TimeSpan Elapsed, long Allocated, long Held) Compile(string shape, int count)
    {
        var document = LargePolicy.Document(shape, count);
        PolicyCompiler.Compile(document, 1, Given.Now);
        var held = GC.GetTotalMemory(forceFullCollection: true);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        var policy = PolicyCompiler.Compile(document, 1, Given.Now);
        var elapsed = Stopwatch.GetElapsedTime(start);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        held = GC.GetTotalMemory(forceFullCollection: true) - held;
        GC.KeepAlive(document);
        return (policy, elapsed, allocated, held);
    }

    private static (double Median, double Least) TimeLookedUp(Policy policy, HostName[] names)
    {
        var judge = new Judge(policy, Mode.Enforce, strict: false, Guard);
        return Time(Rounds, names, (ReadOnlySpan<HostName> round) =>
        {
            foreach (var name in round)
            {
                judge.Begin(LargePolicy.Flow(name));
            }
        });
    }

    // A denial comes with its near miss.
    private static double TimeTold(Policy policy, HostName[] names)
    {
        var judge = new Judge(policy, Mode.Enforce, strict: false, Guard);
        return Time(20, names[..512], (ReadOnlySpan<HostName> round) =>
        {
            foreach (var name in round)
            {
                var flow = LargePolicy.Flow(name);
                judge.Describe(flow, Verdict.Deny(Reason.Default), out _);
            }
        }).Median;
    }

    private static double TimeWalked(Policy policy, HostName[] names)
    {
        var judge = new PlainJudge(policy, Mode.Enforce, isStrict: false, Guard);
        return Time(20, names[..16], (ReadOnlySpan<HostName> round) =>
        {
            foreach (var name in round)
            {
                judge.Begin(LargePolicy.Flow(name));
            }
        }).Median;
    }

    // Of the rounds of which the first half warms up, per name.
    private static (double Median, double Least) Time(int rounds, HostName[] names, Action<ReadOnlySpan<HostName>> decide)
    {
        var costs = new List<double>();
        for (var round = 0; round < rounds * 2; round++)
        {
            var start = Stopwatch.GetTimestamp();
            decide(names);
            costs.Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / names.Length);
        }

        costs.RemoveRange(0, rounds);
        costs.Sort();
        return (costs[rounds / 2], costs[0]);
    }
}
