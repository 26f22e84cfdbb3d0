using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

/// <summary>What must not get through, and how soon the client learns of it.</summary>
public sealed class RefusalTests
{
    // Far above what a refusal takes (under a millisecond) and far below the first retransmission that a drop would wait for.
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(500);

    [Theory]
    [InlineData(Interception.Redirect)]
    [InlineData(Interception.TProxy)]
    internal async Task DatagramsAreRefusedAtOnceEveryTime(Interception interception)
    {
        await using var lab = await GatewayLab.CreateAsync();
        await lab.ApplyAsync(lab.Options(interception));
        foreach (var address in new[] { GatewayLab.OutsideIPv4, GatewayLab.OutsideIPv6, IPAddress.Parse("198.51.100.7"), GatewayLab.GatewayIPv4, GatewayLab.GatewayIPv6 })
        {
            // More than the kernel's burst of six errors a peer, and of fifty in all, so that a rate limit would show.
            foreach (var port in new ushort[] { 443, 443, 443, 443, 853, 5353, 5355, 137, 123, 9999, GatewayLab.DnsPort })
            {
                using var socket = lab.Datagram(lab.Sandbox, address, port);
                var error = await RefusalOfAsync(socket);

                Assert.Equal(SocketError.ConnectionRefused, error);
            }
        }
    }

    [Theory]
    [InlineData(Interception.Redirect)]
    [InlineData(Interception.TProxy)]
    internal async Task TheGatewaysOtherPortsAreRefused(Interception interception)
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var api = lab.Listen(lab.Gateway, 9443);
        using var listener = lab.Listen(lab.Gateway, GatewayLab.ListenerPort, interception == Interception.TProxy);
        foreach (var address in OwnAddresses())
        {
            using var open = await lab.ConnectAsync(address, 9443);
        }

        await lab.ApplyAsync(lab.Options(interception));
        foreach (var address in OwnAddresses())
        {
            foreach (var port in new ushort[] { 9443, GatewayLab.ListenerPort, 22, 3128 })
            {
                await AssertRefusedAsync(lab, address, port);
            }
        }
    }

    [Theory]
    [InlineData(Interception.Redirect)]
    [InlineData(Interception.TProxy)]
    internal async Task DnsOverTlsIsRefusedBeforeItIsIntercepted(Interception interception)
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var listener = lab.Listen(lab.Gateway, GatewayLab.ListenerPort, interception == Interception.TProxy);
        await lab.ApplyAsync(lab.Options(interception));

        await AssertRefusedAsync(lab, GatewayLab.OutsideIPv4, 853);
        await AssertRefusedAsync(lab, GatewayLab.OutsideIPv6, 853);
        Assert.False(listener.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    [Theory]
    [InlineData(Interception.Redirect)]
    [InlineData(Interception.TProxy)]
    internal async Task WithoutAListenerNothingGetsOut(Interception interception)
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var outside = lab.Listen(lab.Outside, 443);
        await AssertReachesAsync(lab, outside, reaches: true);

        await lab.ApplyAsync(lab.Options(interception));

        await AssertReachesAsync(lab, outside, reaches: false);
    }

    [Theory]
    [InlineData(Interception.Redirect)]
    [InlineData(Interception.TProxy)]
    internal async Task TheForwardDropHoldsWithoutInterception(Interception interception)
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var outside = lab.Receive(lab.Outside, 7777);
        await AssertDatagramArrivesAsync(lab, outside, arrives: true);
        var options = lab.Options(interception);
        await lab.ApplyAsync(options);
        await FlushAsync(lab, options, "intercept");
        await RemoveRoutingLockAsync(lab, options);

        await AssertDatagramArrivesAsync(lab, outside, arrives: false);
    }

    [Fact]
    public async Task TheRoutingRulesHoldWithoutTheTable()
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var outside = lab.Receive(lab.Outside, 7777);
        await lab.ApplyAsync(lab.Options());
        await ExternalCommand.DemandAsync(["ip", "netns", "exec", lab.Gateway, "nft", "flush", "ruleset"]);

        await AssertDatagramArrivesAsync(lab, outside, arrives: false);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(47)]
    [InlineData(132)]
    public async Task OtherProtocolsAreDropped(byte protocol)
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var arrivals = lab.Receive(lab.Outside, 7777);
        await CountAsync(lab, protocol);
        await SendRawAsync(lab, protocol);
        Assert.Equal(1, await CountedAsync(lab, arrivals));

        await lab.ApplyAsync(lab.Options());
        await SendRawAsync(lab, protocol);

        Assert.Equal(1, await CountedAsync(lab, arrivals));
    }

    [Theory]
    [InlineData("10.99.0.5", "10.77.0.1", false)]
    [InlineData("fd99::5", "fd77::1", false)]
    [InlineData("2001:db8::1", "fd77::1", false)]
    [InlineData("10.77.0.9", "10.77.0.1", true)]
    [InlineData("fd77::9", "fd77::1", true)]
    public async Task AForeignSourceIsNotHeard(string source, string server, bool narrowed)
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var dns = lab.Receive(lab.Gateway, GatewayLab.DnsPort);
        var spoofed = IPAddress.Parse(source);
        await GatewayLab.Ip(lab.Sandbox, $"addr add {source} dev eth0{(spoofed.AddressFamily == AddressFamily.InterNetwork ? "" : " nodad")}");
        var sources = new[] { IPNetwork.Parse("10.77.0.2/32"), IPNetwork.Parse("fd77::2/128") };
        await lab.ApplyAsync(lab.Options() with
        {
            Interfaces = [new SandboxInterface(GatewayLab.SandboxLink) { Sources = narrowed ? sources : [] }],
        });

        using var foreign = lab.Datagram(lab.Sandbox, IPAddress.Parse(server), 53, spoofed);
        var rightful = IPAddress.Parse(spoofed.AddressFamily == AddressFamily.InterNetwork ? "10.77.0.2" : "fd77::2");
        using var own = lab.Datagram(lab.Sandbox, IPAddress.Parse(server), 53, rightful);
        await foreign.SendAsync("foreign"u8.ToArray());
        await own.SendAsync("own"u8.ToArray());

        Assert.Equal("own", await GatewayLab.ReadAsync(dns));
    }

    private static IPAddress[] OwnAddresses() =>
        [GatewayLab.GatewayIPv4, GatewayLab.GatewayIPv6, IPAddress.Parse("203.0.113.1"), IPAddress.Parse("2001:db8::1")];

    private static async Task<SocketError> RefusalOfAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(AtOnce);
        try
        {
            await socket.SendAsync("datagram"u8.ToArray(), limit.Token);
            await socket.ReceiveAsync(new byte[16], limit.Token);
            return SocketError.Success;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode;
        }
        catch (OperationCanceledException)
        {
            return SocketError.TimedOut;
        }
    }

    private static async Task AssertRefusedAsync(GatewayLab lab, IPAddress address, ushort port)
    {
        var started = Stopwatch.GetTimestamp();
        var error = await Assert.ThrowsAsync<SocketException>(() => lab.ConnectAsync(address, port));
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, AtOnce);
    }

    private static async Task AssertReachesAsync(GatewayLab lab, Socket outside, bool reaches)
    {
        foreach (var address in new[] { GatewayLab.OutsideIPv4, GatewayLab.OutsideIPv6 })
        {
            if (reaches)
            {
                using var client = await lab.ConnectAsync(address, 443);
                using var accepted = await GatewayLab.AcceptAsync(outside);
            }
            else
            {
                await AssertRefusedAsync(lab, address, 443);
                Assert.False(outside.Poll(TimeSpan.Zero, SelectMode.SelectRead));
            }
        }
    }

    // The gateway's own datagram follows the sandbox's: when it is the first to arrive, the other one did not.
    private static async Task AssertDatagramArrivesAsync(GatewayLab lab, Socket outside, bool arrives)
    {
        foreach (var address in new[] { GatewayLab.OutsideIPv4, GatewayLab.OutsideIPv6 })
        {
            using var sandbox = lab.Datagram(lab.Sandbox, address, 7777);
            using var gateway = lab.Datagram(lab.Gateway, address, 7777);
            await sandbox.SendAsync("sandbox"u8.ToArray());
            if (arrives)
            {
                Assert.Equal("sandbox", await GatewayLab.ReadAsync(outside));
            }

            await gateway.SendAsync("gateway"u8.ToArray());
            Assert.Equal("gateway", await GatewayLab.ReadAsync(outside));
        }
    }

    private static Task<string> FlushAsync(GatewayLab lab, RulesetOptions options, string chain) =>
        ExternalCommand.DemandAsync(["ip", "netns", "exec", lab.Gateway, "nft", "flush", "chain", "inet", options.Table, chain]);

    private static async Task RemoveRoutingLockAsync(GatewayLab lab, RulesetOptions options)
    {
        foreach (var command in Ruleset.IpCommands(options))
        {
            await ExternalCommand.DemandAsync(["ip", "-n", lab.Gateway, .. Ruleset.Undo(command)]);
        }
    }

    private static async Task CountAsync(GatewayLab lab, byte protocol) =>
        await ExternalCommand.DemandAsync(
            ["ip", "netns", "exec", lab.Outside, "nft", "-f", "-"],
            $"table inet count {{ chain in {{ type filter hook prerouting priority 0; ip protocol {protocol} counter; }}; }}");

    // What the gateway sends afterwards arrives afterwards: then the count is final.
    private static async Task<int> CountedAsync(GatewayLab lab, Socket arrivals)
    {
        using var gateway = lab.Datagram(lab.Gateway, GatewayLab.OutsideIPv4, 7777);
        await gateway.SendAsync("after"u8.ToArray());
        Assert.Equal("after", await GatewayLab.ReadAsync(arrivals));
        var listing = await ExternalCommand.DemandAsync(["ip", "netns", "exec", lab.Outside, "nft", "list", "table", "inet", "count"]);
        return int.Parse(listing.Split("packets ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
    }

    // An IPv4 header (RFC 791 section 3.1) whose length, checksum and identification the kernel fills in, and eight octets.
    private static async Task SendRawAsync(GatewayLab lab, byte protocol)
    {
        using var socket = NetworkNamespace.OpenSocket(lab.Sandbox, AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Raw);
        byte[] packet = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 77, 0, 2, 203, 0, 113, 9, 8, 0, 0, 0, 0, 0, 0, 1];
        await socket.SendToAsync(packet, new IPEndPoint(GatewayLab.OutsideIPv4, 0));
    }
}
