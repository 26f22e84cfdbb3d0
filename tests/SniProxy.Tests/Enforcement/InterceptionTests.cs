using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Addresses;
using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

/// <summary>What reaches the listener and the DNS, and with which destination.</summary>
public sealed class InterceptionTests
{
    [Theory]
    [InlineData(Interception.Redirect, "203.0.113.9", 443)]
    [InlineData(Interception.Redirect, "198.51.100.7", 22)]
    [InlineData(Interception.Redirect, "10.77.0.1", 80)]
    [InlineData(Interception.Redirect, "2001:db8::9", 443)]
    [InlineData(Interception.Redirect, "2001:db8:5::1", 65535)]
    [InlineData(Interception.Redirect, "fd77::1", 80)]
    [InlineData(Interception.TProxy, "203.0.113.9", 443)]
    [InlineData(Interception.TProxy, "198.51.100.7", 22)]
    [InlineData(Interception.TProxy, "10.77.0.1", 80)]
    [InlineData(Interception.TProxy, "2001:db8::9", 443)]
    [InlineData(Interception.TProxy, "2001:db8:5::1", 65535)]
    [InlineData(Interception.TProxy, "fd77::1", 80)]
    internal async Task TcpArrivesWithItsOriginalDestination(Interception interception, string address, int port)
    {
        await using var lab = await GatewayLab.CreateAsync();
        var transparent = interception == Interception.TProxy;
        using var listener = lab.Listen(lab.Gateway, GatewayLab.ListenerPort, transparent);
        await lab.ApplyAsync(lab.Options(interception));

        using var client = await lab.ConnectAsync(IPAddress.Parse(address), (ushort)port);
        using var accepted = await GatewayLab.AcceptAsync(listener);

        var redirected = OriginalDestination.TryGetRedirected(accepted, out var destination);
        Assert.Equal(!transparent, redirected);
        var seen = transparent ? Endpoint.From(Assert.IsType<IPEndPoint>(accepted.LocalEndPoint)) : destination;
        Assert.Equal(Endpoint.From(new IPEndPoint(IPAddress.Parse(address), port)), seen);
        await accepted.SendAsync("both ways"u8.ToArray());
        Assert.Equal("both ways", await GatewayLab.ReadAsync(client));
    }

    [Fact]
    public async Task AConnectionThatWasNotRedirectedHasNoOriginalDestination()
    {
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Listen();
        var port = Assert.IsType<IPEndPoint>(listener.LocalEndPoint).Port;
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(new IPEndPoint(address, port));
            using var accepted = await GatewayLab.AcceptAsync(listener);

            Assert.False(OriginalDestination.TryGetRedirected(accepted, out _));
        }
    }

    [Theory]
    [InlineData(Interception.Redirect, "203.0.113.9")]
    [InlineData(Interception.Redirect, "2001:db8::9")]
    [InlineData(Interception.Redirect, "10.77.0.1")]
    [InlineData(Interception.TProxy, "203.0.113.9")]
    [InlineData(Interception.TProxy, "2001:db8::9")]
    internal async Task QuestionsToAnyServerReachThePolicyDns(Interception interception, string server)
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var datagrams = lab.Receive(lab.Gateway, GatewayLab.DnsPort);
        using var streams = lab.Listen(lab.Gateway, GatewayLab.DnsPort);
        await lab.ApplyAsync(lab.Options(interception));
        var address = IPAddress.Parse(server);

        using var udp = lab.Datagram(lab.Sandbox, address, 53);
        await udp.SendAsync("question"u8.ToArray());
        var buffer = new byte[16];
        var received = await datagrams.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.IPv6Any, 0));
        await datagrams.SendToAsync("answer"u8.ToArray(), received.RemoteEndPoint);
        Assert.Equal("answer", await GatewayLab.ReadAsync(udp));

        using var tcp = await lab.ConnectAsync(address, 53);
        using var accepted = await GatewayLab.AcceptAsync(streams);
        await accepted.SendAsync("answer"u8.ToArray());
        Assert.Equal("answer", await GatewayLab.ReadAsync(tcp));
    }

    [Fact]
    public async Task TheExplicitListenerIsReachedOnTheGatewayOnly()
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var proxy = lab.Listen(lab.Gateway, 3128);
        using var listener = lab.Listen(lab.Gateway, GatewayLab.ListenerPort);
        await lab.ApplyAsync(lab.Options() with { ExplicitPort = 3128 });

        using var asked = await lab.ConnectAsync(GatewayLab.GatewayIPv4, 3128);
        using var direct = await GatewayLab.AcceptAsync(proxy);
        Assert.False(OriginalDestination.TryGetRedirected(direct, out _));

        using var elsewhere = await lab.ConnectAsync(GatewayLab.OutsideIPv4, 3128);
        using var caught = await GatewayLab.AcceptAsync(listener);
        Assert.True(OriginalDestination.TryGetRedirected(caught, out var destination));
        Assert.Equal(3128, destination.Port);
    }

    [Theory]
    [InlineData(Interception.Redirect)]
    [InlineData(Interception.TProxy)]
    internal async Task TheGatewayItselfMayStillSpeakToASandbox(Interception interception)
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var agent = lab.Listen(lab.Sandbox, 7000);
        await lab.ApplyAsync(lab.Options(interception));
        foreach (var address in new[] { "10.77.0.2", "fd77::2" })
        {
            using var client = NetworkNamespace.OpenSocket(lab.Gateway, IPAddress.Parse(address).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            using var limit = new CancellationTokenSource(GatewayLab.Patience);
            await client.ConnectAsync(new IPEndPoint(IPAddress.Parse(address), 7000), limit.Token);
            using var accepted = await GatewayLab.AcceptAsync(agent);
            await accepted.SendAsync("ready"u8.ToArray());

            Assert.Equal("ready", await GatewayLab.ReadAsync(client));
        }
    }

    [Theory]
    [InlineData("203.0.113.9")]
    [InlineData("2001:db8::9")]
    public async Task InspectedQuicArrivesAndOtherDatagramsAreStillRefused(string destination)
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var listener = lab.Receive(lab.Gateway, GatewayLab.ListenerPort, transparent: true);
        await lab.ApplyAsync(lab.Options(Interception.TProxy) with { InspectsQuic = true });
        var address = IPAddress.Parse(destination);

        using var other = lab.Datagram(lab.Sandbox, address, 4433);
        await other.SendAsync("other"u8.ToArray());
        var refusal = await Assert.ThrowsAsync<SocketException>(() => GatewayLab.ReadAsync(other));
        Assert.Equal(SocketError.ConnectionRefused, refusal.SocketErrorCode);

        using var quic = lab.Datagram(lab.Sandbox, address, 443);
        await quic.SendAsync("initial"u8.ToArray());
        Assert.Equal("initial", await GatewayLab.ReadAsync(listener));
    }

    [Fact]
    public async Task TransparentConnectionsAreNotTracked()
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var listener = lab.Listen(lab.Gateway, GatewayLab.ListenerPort, transparent: true);
        await lab.ApplyAsync(lab.Options(Interception.TProxy));
        await ExternalCommand.DemandAsync(
            ["ip", "netns", "exec", lab.Gateway, "nft", "-f", "-"],
            """
            table inet watch {
                chain in { type filter hook prerouting priority 0; tcp dport 443 ct state != untracked counter; }
                chain out { type filter hook output priority 0; tcp sport 443 ct state != untracked counter; }
            }
            """);

        foreach (var address in new[] { GatewayLab.OutsideIPv4, GatewayLab.OutsideIPv6 })
        {
            using var client = await lab.ConnectAsync(address, 443);
            using var accepted = await GatewayLab.AcceptAsync(listener);
            await accepted.SendAsync("untracked"u8.ToArray());
            Assert.Equal("untracked", await GatewayLab.ReadAsync(client));
        }

        var counters = await ExternalCommand.DemandAsync(["ip", "netns", "exec", lab.Gateway, "nft", "list", "table", "inet", "watch"]);
        Assert.Equal(3, counters.Split("packets 0 ").Length);
    }
}
