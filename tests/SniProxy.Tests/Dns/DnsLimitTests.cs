using System.Net.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>What one sandbox may have, and what is told when it wants more.</summary>
[Collection(nameof(WholeHeap))]
public sealed class DnsLimitTests
{
    private const string AllowAll = "rules: [{allow: '**.example'}]";

    private static readonly Func<byte[], IReadOnlyList<byte[]>> Everything = query => [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.10")])];

    // Some 16 KiB over TCP.
    private static readonly Func<byte[], IReadOnlyList<byte[]>> Much = query =>
        [Wire.Respond(query, 0, [.. Enumerable.Range(0, 1000).Select(i => Wire.A(Wire.Asked(query).Name, $"203.0.{i / 250}.{i % 250}"))])];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheEventSaysWhichLimitItWas()
    {
        await using var fast = new DnsDoor(AllowAll, Everything, new DnsOptions { Endpoint = "[::]:0", QueriesPerSecondPerSandbox = 1 });
        await fast.AskAsync("good.example");
        Assert.Equal(DnsRcode.Refused, (await fast.AskAsync("good.example")).Rcode);
        Assert.Contains("Dns:QueriesPerSecondPerSandbox", fast.Events.Last().Message);

        await using var many = new DnsDoor(AllowAll, options: new DnsOptions { Endpoint = "[::]:0", InFlightPerSandbox = 1 });
        using var waiting = await many.ConnectAsync();
        await waiting.SendAsync(DnsDoor.Frame(Wire.Query("good.example", DnsType.A)), Cancellation);
        await many.Upstream.NextAsync();
        Assert.Equal(DnsRcode.Refused, (await many.AskAsync("good.example")).Rcode);
        Assert.Contains("Dns:InFlightPerSandbox", many.Event.Message);
        many.Upstream.OnUdp = Everything;
    }

    [Fact]
    public async Task AConnectionTooManyIsToldAndCounted()
    {
        await using var door = new DnsDoor(AllowAll, Everything, new DnsOptions { Endpoint = "[::]:0", TcpConnectionsPerSandbox = 1 });
        using var first = await door.ConnectAsync();
        await first.SendAsync(DnsDoor.Frame(Wire.Query("good.example", DnsType.A)), Cancellation);
        Assert.NotNull(await DnsDoor.ReadFrameAsync(first));
        for (var i = 0; i < 5; i++)
        {
            using var another = await door.ConnectAsync();
            Assert.Null(await DnsDoor.ReadFrameAsync(another));
        }

        await door.TellCountedAsync();
        var told = door.Events.Where(one => one.Verdict == Decision.Deny).ToList();
        Assert.Equal(5, told.Sum(one => one.Count));
        Assert.All(told, one => Assert.Equal((Reason.ConnectionLimit, Transport.Tcp, "sbx"), (one.Reason, one.Transport, one.Sandbox)));
        Assert.Contains("Dns:TcpConnectionsPerSandbox", told[0].Message);
    }

    [Fact]
    public async Task WhoAskedNothingForLongMayAskNoMoreThanASecondsWorthAtOnce()
    {
        await using var door = new DnsDoor(AllowAll, Everything, new DnsOptions { Endpoint = "[::]:0", QueriesPerSecondPerSandbox = 2 });
        await door.AskAsync("good.example");
        door.Clock.Advance(TimeSpan.FromHours(1));
        var refused = 0;
        for (var i = 0; i < 20; i++)
        {
            refused += (await door.AskAsync("good.example")).Rcode == DnsRcode.Refused ? 1 : 0;
        }

        Assert.InRange(refused, 10, 18);
    }

    // Only the answers that do not get away are under way: the next question is not read.
    [Fact]
    public async Task OneConnectionHasThirtyTwoQuestionsUnderWay()
    {
        const int most = 32;
        await using var door = new DnsDoor(AllowAll, options: new DnsOptions { Endpoint = "[::]:0", InFlightPerSandbox = 1000 });
        using var connection = await door.ConnectAsync();
        for (var id = 0; id < 3 * most; id++)
        {
            await connection.SendAsync(DnsDoor.Frame(Wire.Query($"n{id}.example", DnsType.A, id)), Cancellation);
        }

        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(door.Endpoint, Cancellation);
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(Wire.Query($"other{i}.example", DnsType.A), Cancellation);
        }

        var asked = new List<string>();
        while (asked.Count(name => name.StartsWith("other", StringComparison.Ordinal)) < 10 || asked.Count < most + 10)
        {
            asked.Add((await door.Upstream.NextAsync()).Asked.Name);
        }

        Assert.Equal(most, asked.Distinct().Count(name => name.StartsWith('n')));
        door.Upstream.OnUdp = Everything;
        for (var i = 0; i < 3 * most; i++)
        {
            Assert.NotNull(await DnsDoor.ReadFrameAsync(connection));
        }
    }

    [Fact]
    public async Task WhoReadsNoAnswersLosesTheConnection()
    {
        var options = new DnsOptions { Endpoint = "[::]:0", TcpConnectionsPerSandbox = 1, TcpIdleTimeout = TimeSpan.FromMilliseconds(300), QueriesPerSecondPerSandbox = 100_000 };
        await using var door = new DnsDoor(AllowAll, query => [Wire.Respond(query, 0, [], truncated: true)], options);
        door.Upstream.OnTcp = Much;
        using var deaf = await door.ConnectAsync();
        var question = DnsDoor.Frame(Wire.Query("good.example", DnsType.A));
        await deaf.SendAsync(question, Cancellation);
        Assert.NotNull(await DnsDoor.ReadFrameAsync(deaf));
        await Assert.ThrowsAnyAsync<SocketException>(async () =>
        {
            while (true)
            {
                await deaf.SendAsync(question, Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            }
        });

        using var next = await door.ConnectAsync();
        await next.SendAsync(question, Cancellation);
        Assert.NotNull(await DnsDoor.ReadFrameAsync(next));
    }

    [Fact]
    public void WhatIdleSandboxesHadIsForgottenAndNothingThatIsOpen()
    {
        const int sandboxes = 200_000;
        var clock = new ShiftedClock();
        var limits = new SandboxLimits(new DnsOptions { TcpConnectionsPerSandbox = 1 }, clock);
        Assert.True(limits.TryOpenConnection(-1));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var lifecycle = 0; lifecycle < sandboxes; lifecycle++)
        {
            using var turn = limits.Enter(lifecycle, clock.GetTimestamp());
            if (lifecycle % 500 == 0)
            {
                clock.Advance(TimeSpan.FromMinutes(2));
            }
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 4_000_000);
        Assert.False(limits.TryOpenConnection(-1));
        limits.CloseConnection(-1);
        Assert.True(limits.TryOpenConnection(-1));
    }
}
