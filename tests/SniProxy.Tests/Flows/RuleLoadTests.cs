using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Flows;

namespace SniProxy.Tests.Flows;

/// <summary>What a rule lets a sandbox have, at times that the claims say.</summary>
public sealed class RuleLoadTests
{
    private const long Second = 1_000;
    private const long Hour = 3_600 * Second;

    private static readonly RuleLimits Upload = new() { UploadBytes = 100, UploadWindow = TimeSpan.FromHours(1) };

    [Fact]
    public void ABudgetIsSpentByWhatWasSentAndComesBackWithTime()
    {
        var load = new RuleLoad(Upload, 0);
        Assert.Equal((false, true), (load.Count(99, 0), load.Count(1, Second)));
        Assert.Equal(Reason.BudgetExceeded, load.TryEnter(Second));
        Assert.Equal(Reason.BudgetExceeded, load.TryEnter(Hour));
        Assert.Equal(Reason.None, load.TryEnter(Hour * 9 / 8));
    }

    // Whenever a window begins, what was sent in it is within the budget (but for the bytes that spent it).
    [Fact]
    public void NoWindowHoldsMoreThanTheBudget()
    {
        var load = new RuleLoad(Upload, 0);
        var sent = new List<(long At, long Bytes)>();
        var random = new Random(4);
        for (long at = 0; at < 20 * Hour; at += random.Next(1, 120) * Second)
        {
            if (load.TryEnter(at) == Reason.None)
            {
                load.Leave();
                load.Count(1, at);
                sent.Add((at, 1));
            }
        }

        Assert.All(sent, begin => Assert.InRange(sent.Count(one => one.At >= begin.At && one.At < begin.At + Hour), 1, 100));
        Assert.True(sent.Count > 1_000, $"{sent.Count} bytes in 20 hours: the budget does not come back");
    }

    [Fact]
    public void ConnectionsAreThoseThatAreOpen()
    {
        var load = new RuleLoad(new RuleLimits { Connections = 2 }, 0);
        Assert.Equal((Reason.None, Reason.None, Reason.ConnectionLimit), (load.TryEnter(0), load.TryEnter(0), load.TryEnter(0)));
        load.Leave();
        Assert.Equal((Reason.None, Reason.ConnectionLimit), (load.TryEnter(0), load.TryEnter(0)));
    }

    [Fact]
    public void NewConnectionsComeFromABucketOfASecond()
    {
        var load = new RuleLoad(new RuleLimits { NewConnectionsPerSecond = 2 }, 0);
        Assert.Equal((Reason.None, Reason.None, Reason.RateLimited), (load.TryEnter(0), load.TryEnter(0), load.TryEnter(0)));
        Assert.Equal((Reason.None, Reason.RateLimited), (load.TryEnter(500), load.TryEnter(500)));
    }

    [Fact]
    public void AnotherWindowForgivesNothing()
    {
        var load = new RuleLoad(Upload, 0);
        load.Count(90, 59 * 60 * Second);
        load.Confine(new RuleLimits { UploadBytes = 80, UploadWindow = TimeSpan.FromMinutes(1) }, Hour);
        Assert.Equal(Reason.BudgetExceeded, load.TryEnter(Hour));
        Assert.Equal(Reason.None, load.TryEnter(Hour + 70 * Second));
    }

    [Fact]
    public void WhatIsReadAgainIsCountedOn()
    {
        var loads = new RuleLoads();
        var rule = Rule("upload: 1KB/1h", "label: data");
        var load = loads.Of(RuleKey.Of(1, "p", rule), Limits(rule), 0);
        var moved = Rule("upload: 1KB/1h", "label: data", "{ allow: [first.example] }, ");
        Assert.Same(load, loads.Of(RuleKey.Of(1, "p", moved), Limits(moved), 1));
        Assert.NotSame(load, loads.Of(RuleKey.Of(2, "p", moved), Limits(moved), 1));
    }

    [Fact]
    public void WhatIsIdleIsForgottenAndWhatIsSpentIsNot()
    {
        var loads = new RuleLoads();
        var rule = Rule("upload: 1KB/1h");
        loads.Of(RuleKey.Of(1, "p", rule), Limits(rule), 0).Count(1_000, 0);
        loads.Of(RuleKey.Of(2, "p", rule), Limits(rule), 0);
        loads.ForgetIdle(60 * Second);
        Assert.Equal(1, loads.Count);
        loads.ForgetIdle(2 * Hour);
        Assert.Equal(0, loads.Count);
    }

    private static RuleLimits Limits(PolicyRule rule) => rule.Limits ?? throw new InvalidOperationException();

    private static PolicyRule Rule(string limits, string more = "priority: 100", string before = "") =>
        Proxy.ProxyDoor.Compile($"rules: [{before}{{ allow: [good.example], {more}, limits: {{ {limits} }} }}]").Rules[^1];
}
