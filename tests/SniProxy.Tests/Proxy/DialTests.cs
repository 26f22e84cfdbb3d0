using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Proxy;
using SniProxy.Proxy.Connections;
using SniProxy.Proxy.Sockets;

namespace SniProxy.Tests.Proxy;

/// <summary>Several addresses for one name: the first that answers is taken, and a silent one costs little.</summary>
public sealed class DialTests
{
    private static readonly string[] Three = ["127.0.0.11", "127.0.0.12", "127.0.0.13"];

    [Fact]
    public async Task ASilentFirstAddressCostsOneAttemptDelay()
    {
        using var origin = new Origin("127.0.0.12");
        using var silent = await SilentListener.OpenAsync("127.0.0.11", origin.Port);
        using var third = new Origin("127.0.0.13", origin.Port);

        // Of a few tries the best: a busy machine may be late, a dialler that waits is late each time.
        var best = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < 5 && best > TimeSpan.FromMilliseconds(400); attempt++)
        {
            var started = Stopwatch.GetTimestamp();
            var dialled = await DialAsync(origin.Port, Three);
            var elapsed = Stopwatch.GetElapsedTime(started);
            best = elapsed < best ? elapsed : best;
            dialled.Upstream?.Dispose();
            Assert.Equal("127.0.0.12", dialled.Destination.Address.ToString());
        }

        Assert.InRange(best, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(400));
    }

    // An attempt to connect serves the next one: what it says must be of that one.
    [Fact]
    public async Task EachConnectionTellsWhereItWasLed()
    {
        using var first = new Origin("127.0.0.11");
        using var second = new Origin("127.0.0.12", first.Port);
        var plan = new DoorPlan { Zone = [("first.example", "127.0.0.11"), ("second.example", "127.0.0.12")], Options = new ProxyOptions { Loops = 1 } };
        await using var door = await ProxyDoor.AllowingAsync($"**.example:{first.Port}", plan);
        foreach (var (name, origin) in (IEnumerable<(string, Origin)>)[("first", first), ("second", second), ("first", first)])
        {
            using (var client = await door.ConnectAsync($"GET http://{name}.example:{origin.Port}/ HTTP/1.1\r\nHost: {name}.example:{origin.Port}\r\n\r\n"))
            {
                using var server = await origin.AcceptAsync();
                await server.ReadHeadAsync();
            }

            Assert.Equal($"{(origin == first ? "127.0.0.11" : "127.0.0.12")}:{origin.Port}", (await door.NextEventAsync()).Dialled?.ToString());
        }
    }

    [Fact]
    public async Task AnAddressThatRefusesCostsNothing()
    {
        using var origin = new Origin("127.0.0.13");
        var started = Stopwatch.GetTimestamp();
        var dialled = await DialAsync(origin.Port, Three);
        dialled.Upstream?.Dispose();
        Assert.Equal("127.0.0.13", dialled.Destination.Address.ToString());
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task FamiliesAlternateFromIPv6()
    {
        using var v4 = new Origin("127.0.0.12");
        using var v6 = new Origin("::1", v4.Port);
        var dialled = await DialAsync(v4.Port, ["127.0.0.12", "::1"]);
        dialled.Upstream?.Dispose();
        Assert.Equal("::1", dialled.Destination.Address.ToString());
    }

    [Fact]
    public async Task SaysHowItFailed()
    {
        using var closed = new Origin();
        var port = closed.Port;
        closed.Dispose();
        Assert.Equal(Reason.UpstreamUnreachable, (await DialAsync(port, Three)).Failure);
        Assert.Equal(Reason.UpstreamUnreachable, (await DialAsync(port, ["127.0.0.11"])).Failure);
        using var silent = await SilentListener.OpenAsync("127.0.0.11", 0);
        var silentPort = ((IPEndPoint)(silent.LocalEndPoint ?? throw new InvalidOperationException())).Port;
        Assert.Equal(Reason.UpstreamTimeout, (await DialAsync(silentPort, ["127.0.0.11"], TimeSpan.FromMilliseconds(200))).Failure);
    }

    [Theory]
    [InlineData(false, "HTTP/1.1 502 ", Reason.UpstreamUnreachable)]
    [InlineData(true, "HTTP/1.1 504 ", Reason.UpstreamTimeout)]
    public async Task AFailureIsAnsweredInHttp(bool isSilent, string answer, Reason reason)
    {
        using var silent = await SilentListener.OpenAsync("127.0.0.11", 0);
        var port = ((IPEndPoint)(silent.LocalEndPoint ?? throw new InvalidOperationException())).Port;
        var plan = new DoorPlan
        {
            Zone = [("good.example", isSilent ? "127.0.0.11" : "127.0.0.12")],
            Options = new ProxyOptions { ConnectTimeout = TimeSpan.FromMilliseconds(300) },
        };
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{port}", plan);
        using var client = await door.ConnectAsync($"GET http://good.example:{port}/ HTTP/1.1\r\nHost: good.example:{port}\r\n\r\n");
        Assert.StartsWith(answer, (await client.HearOutAsync()).Text, StringComparison.Ordinal);
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Allow, reason, Ending.ConnectFailed), (told.Verdict, told.Reason, told.Ending));
    }

    [Fact]
    public async Task ANameNobodyKnowsIsRefused()
    {
        await using var door = await ProxyDoor.AllowingAsync("nowhere.example");
        using var client = await door.ConnectAsync("GET http://nowhere.example/ HTTP/1.1\r\nHost: nowhere.example\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 502 ", (await client.HearOutAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(Reason.UpstreamUnresolvable, (await door.NextEventAsync()).Reason);
    }

    private static ValueTask<DialResult> DialAsync(int port, string[] addresses, TimeSpan? timeout = null) =>
        new Dialler(timeout ?? TimeSpan.FromSeconds(5), TimeProvider.System)
            .DialAsync(new SocketConnector(), addresses.Select(ProxyDoor.Of).ToArray(), (ushort)port);
}
