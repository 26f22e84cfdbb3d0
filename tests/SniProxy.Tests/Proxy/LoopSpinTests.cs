using System.Diagnostics;
using SniProxy.Proxy.Loops;

namespace SniProxy.Tests.Proxy;

/// <summary>A loop looks for events before it sleeps for as long as that finds some.</summary>
public sealed class LoopSpinTests
{
    private static readonly TimeSpan Look = TimeSpan.FromMicroseconds(30);
    private static readonly long Soon = (long)(Look.TotalSeconds * Stopwatch.Frequency) * 2;
    private static readonly long Late = Soon * 100;

    [Fact]
    public void ALoopThatSleepsLongGoesToSleepAtOnce()
    {
        var spin = new LoopSpin(Look);
        Assert.False(spin.Pays);
        spin.Slept(Late);
        Assert.False(spin.Pays);
    }

    [Fact]
    public void WhatCameSoonIsLookedFor()
    {
        var spin = Conversing(1);
        Assert.True(spin.Pays);
        spin.Slept(Late);
        Assert.False(spin.Pays);
    }

    [Fact]
    public void BreaksDoNotEndTheLookingOfALongConversation()
    {
        var spin = Conversing(1000);
        for (var breaks = 0; breaks < 3; breaks++)
        {
            spin.FoundNothing();
            spin.Slept(Late);
        }

        spin.Slept(Soon);
        Assert.True(spin.Pays);
    }

    [Fact]
    public void OnlyNowAndThenIsLookedForWhoTakesHisTime()
    {
        // Every second event comes soon enough to be looked for, and hardly ever within the look.
        var spin = Conversing(1000);
        var looks = 0;
        for (var i = 0; i < 1000; i++)
        {
            if (spin.Pays)
            {
                looks++;
                spin.FoundNothing();
            }

            spin.Slept(i % 2 == 0 ? Soon : Late);
        }

        Assert.InRange(looks, 1, 60);
    }

    [Fact]
    public void AConversationAfterThemIsLookedForAgain()
    {
        var spin = Conversing(1000);
        for (var i = 0; i < 100; i++)
        {
            spin.FoundNothing();
        }

        var slept = 0;
        while (!spin.Pays)
        {
            spin.Slept(Soon);
            Assert.InRange(++slept, 1, 50);
        }
    }

    [Fact]
    public void NothingIsLookedForInNoTime()
    {
        var spin = new LoopSpin(TimeSpan.Zero);
        spin.Slept(0);
        Assert.False(spin.Pays);
    }

    private static LoopSpin Conversing(int events)
    {
        var spin = new LoopSpin(Look);
        for (var i = 0; i < events; i++)
        {
            spin.Slept(Soon);
        }

        return spin;
    }
}
