using System.Diagnostics;
using SniProxy.Core.Dns;
using SniProxy.Dns;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Tunnelling;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>Name servers that fall silent and come back, with the times that the appliance really waits.</summary>
public sealed class UpstreamOutageTests
{
    private const string AllowAll = "rules: [{allow: '**.example'}]";

    private static readonly Func<byte[], IReadOnlyList<byte[]>> Everything = query => [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.10", 1)])];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneOfTwoThatIsDeadCostsNoAnswerAndOneWait(bool isFirst)
    {
        await using var dead = new FakeNameServer();
        await using var alive = new FakeNameServer(Everything);
        string[] servers = isFirst ? [$"{dead.Endpoint}", $"{alive.Endpoint}"] : [$"{alive.Endpoint}", $"{dead.Endpoint}"];
        // So many names under one suffix in so short a time would be a tunnel's.
        var patient = new DnsOptions { Endpoint = "[::]:0", Tunnelling = new TunnelOptions { Names = 1_000, QueriesPerMinute = 10_000 } };
        await using var door = new DnsDoor(AllowAll, options: patient, resolverOptions: new ResolverOptions { Upstreams = servers });
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 1_000; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(DnsRcode.NoError, (await door.AskAsync($"n{i}.example")).Rcode);
            waits.Add(Stopwatch.GetElapsedTime(started));
            // Spread over 20 seconds of probes.
            door.Clock.Advance(TimeSpan.FromMilliseconds(20));
        }

        Assert.True(waits[0] < TimeSpan.FromSeconds(2.1), $"the first took {waits[0]}");
        var rest = waits.Skip(1).Order().ToArray();
        Assert.True(rest[(int)(rest.Length * 0.99)] < TimeSpan.FromMilliseconds(50), $"p99 of the others {rest[(int)(rest.Length * 0.99)]}");
    }

    [Fact]
    public async Task WithAllDeadAFailureComesInTimeAndAnAnswerSoonAfterTheyAreBack()
    {
        await using var first = new FakeNameServer(Everything);
        await using var second = new FakeNameServer();
        await using var door = new DnsDoor(AllowAll, resolverOptions: new ResolverOptions { Upstreams = [$"{first.Endpoint}", $"{second.Endpoint}"] });
        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("kept.example")).Rcode);
        first.OnUdp = _ => [];

        var started = Stopwatch.GetTimestamp();
        var asking = door.AskAsync("good.example");
        // What is known is still told for its time.
        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("kept.example")).Rcode);
        var reply = await asking;
        Assert.Equal((DnsRcode.ServFail, 22, 0), (reply.Rcode, reply.Error, (int)reply.Header.Authorities));
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5));
        Assert.Equal(Core.Contract.Reason.UpstreamTimeout, door.Events.Last().Reason);

        second.OnUdp = Everything;
        started = Stopwatch.GetTimestamp();
        while ((reply = await door.AskAsync("good.example")).Rcode != DnsRcode.NoError)
        {
            Assert.Equal(DnsRcode.ServFail, reply.Rcode);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2), $"back after {Stopwatch.GetElapsedTime(started)}");
    }

    // Whoever waits when the servers come back is answered by the next of its own attempts.
    [Fact]
    public async Task AQuestionThatWaitsIsAnsweredWhenTheServerIsBack()
    {
        await using var server = new FakeNameServer();
        await using var door = new DnsDoor(AllowAll, resolverOptions: new ResolverOptions { Upstreams = [$"{server.Endpoint}"] });
        var asking = door.AskAsync("good.example");
        await server.NextAsync();
        server.OnUdp = Everything;
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(DnsRcode.NoError, (await asking).Rcode);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2), $"back after {Stopwatch.GetElapsedTime(started)}");
    }

    [Fact]
    public async Task WhereNobodyListensTheFailureComesAtOnce()
    {
        var gone = new FakeNameServer();
        await gone.DisposeAsync();
        await using var door = new DnsDoor(AllowAll, resolverOptions: new ResolverOptions { Upstreams = [$"{gone.Endpoint}"] });
        var started = Stopwatch.GetTimestamp();
        var reply = await door.AskAsync("good.example");
        Assert.Equal((DnsRcode.ServFail, 23), (reply.Rcode, reply.Error));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
    }
}
