using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.LabItself;

/// <summary>Every server of the lab answers, every counter counts: without this a refusal by the appliance would prove nothing.</summary>
public sealed class DirectServers(Lab lab) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private StandIn? _standIn;

    public async ValueTask InitializeAsync() => _standIn = await StandIn.StartAsync(lab);

    public ValueTask DisposeAsync() => _standIn?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task EvilCountersTellAKnockFromAByte(Family family)
    {
        foreach (var place in Places.BeyondReach)
        {
            var before = await lab.TrafficAsync(place, family);
            using (await lab.Sandbox.ConnectAsync(place.At(family, 443)))
            {
                var knock = await lab.TrafficAsync(place, family) - before;
                Assert.Equal(1, knock.Syns);
                Assert.Equal(0, knock.PayloadBytes);
                Assert.Equal(0, knock.PayloadPackets);
            }

            using var socket = await lab.Sandbox.ConnectAsync(place.At(family, 8080));
            await socket.SendAllAsync(new byte[1234]);
            Assert.Equal("EVIL\n"u8.ToArray(), await socket.ReceiveAsync(5, Patience));
            var leak = await lab.TrafficAsync(place, family) - before;
            Assert.Equal(2, leak.Syns);
            Assert.Equal(1234, leak.PayloadBytes);
        }
    }

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task EvilCountersCountWhatIsNotTcp(Family family)
    {
        var before = await lab.TrafficAsync(Places.Evil, family);
        await Datagrams.SendUdpAsync(lab.Sandbox, Places.Evil.At(family, 443));
        await Waiting.UntilAsync(
            async () => (await lab.TrafficAsync(Places.Evil, family) - before) is { UdpPackets: 1, Packets: 1 }, Patience, () => "no datagram was counted");
        int[] protocols = [family == Family.IPv4 ? Datagrams.Icmp : Datagrams.IcmpV6, Datagrams.Gre, Datagrams.Sctp];
        foreach (var protocol in protocols)
        {
            await Datagrams.SendRawAsync(lab.Sandbox, Places.Evil.At(family), protocol);
        }

        await Waiting.UntilAsync(
            async () => (await lab.TrafficAsync(Places.Evil, family) - before).Packets == 1 + protocols.Length, Patience, () => "a raw packet was not counted");
    }

    /// <summary>What a refusal of a datagram looks like, where nobody listens and the kernel itself refuses.</summary>
    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task RefusedDatagramIsNoticed(Family family) =>
        Assert.NotNull(await Datagrams.RefusedAfterAsync(lab.Sandbox, Places.Evil.At(family, 443), Patience));

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task SecondSandboxReachesTheInternetToo(Family family)
    {
        var result = await Clients.CurlAsync(lab.SecondSandbox, new Route(Door.Direct, family), "https://allowed.example/");
        Assert.True(result.Output == WebServer.PageOf(Places.Allowed, family), result.ToString());
    }

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task PrivateHostIsReachedAndCounted(Family family)
    {
        var before = await lab.TrafficAsync(Places.Private, family);
        var result = await Clients.CurlAsync(lab.Sandbox, new Route(Door.Direct, family), $"https://{Places.Private.Name}/");
        Assert.True(result.Output == WebServer.PageOf(Places.Private, family), result.ToString());
        Assert.True((await lab.TrafficAsync(Places.Private, family) - before).PayloadBytes > 100);
    }

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task DatabaseLogsIn(Family family)
    {
        using var socket = await lab.Sandbox.ConnectAsync(Places.Database.At(family, Database.Port));
        await socket.SendAllAsync(Database.SslRequest);
        Assert.Equal("N"u8.ToArray(), await socket.ReceiveAsync(1, Patience));
        await socket.SendAllAsync(Database.Startup);
        var welcome = await socket.ReceiveAsync(15, Patience);
        Assert.Equal((byte)'R', welcome[0]);
        Assert.Equal((byte)'I', welcome[^1]);
    }

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task ServerThatSpeaksFirstIsHeardBySshAndNc(Family family)
    {
        var ssh = await Clients.SshAsync(lab.Sandbox, family, Places.Allowed.Name);
        Assert.True(ssh.Said.Contains("remote software version lab", StringComparison.Ordinal), ssh.ToString());
        var nc = await Clients.NetcatAsync(lab.Sandbox, Places.Allowed.At(family).ToString(), 22, "hello\n");
        Assert.True(nc.Output == "SSH-2.0-lab\r\nhello\n", nc.ToString());
    }

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task RetryServerAsksForASecondHello(Family family)
    {
        var result = await (lab.Sandbox.Command(
            "openssl", "s_client", "-connect", $"{Places.Retry.InUrl(family)}:443", "-servername", Places.Retry.Name, "-msg")
            with { Input = "GET / HTTP/1.0\r\n\r\n"u8.ToArray(), HoldInput = true }).RunAsync();
        Assert.True(CountOf(result.Output, ", ClientHello") == 2, result.ToString());
        Assert.True(result.Output.Contains("s_server", StringComparison.Ordinal), result.ToString());
    }

    [Fact]
    public async Task UploadsArriveIntact()
    {
        var file = Path.Combine(lab.Folder, "upload");
        var body = new byte[3_000_000];
        new Random(7).NextBytes(body);
        await File.WriteAllBytesAsync(file, body, TestContext.Current.CancellationToken);
        var route = new Route(Door.Direct, Family.IPv4);
        var put = await Clients.CurlAsync(lab.Sandbox, route, "https://allowed.example/store/direct", "-T", file, "-f");
        Assert.True(put.ExitCode == 0, put.ToString());
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body)), lab.Web.StoredSha256("direct"));
        var post = await Clients.CurlAsync(lab.Sandbox, route, "http://allowed.example/upload", "--data-binary", "@" + file);
        Assert.True(post.Output == "taken by allowed.example\n", post.ToString());
    }

    private static int CountOf(string text, string part) => text.Split(part).Length - 1;
}
