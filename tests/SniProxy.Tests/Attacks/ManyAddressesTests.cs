using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Attacks;

/// <summary>Who answers for a name decides how many addresses it has; not how many descriptors one flow takes.</summary>
public sealed class ManyAddressesTests
{
    private const int Addresses = 20;
    private const string SynSent = "02";

    [Fact]
    public async Task AFlowTriesFewAddressesAtOnce()
    {
        // Accepts nobody, so that the kernel drops what comes once the queue is full: an address that never answers.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Any, 0));
        silent.Listen(0);
        var port = ((IPEndPoint?)silent.LocalEndPoint)?.Port ?? 0;
        using var waiting = new TcpClient();
        await waiting.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), TestContext.Current.CancellationToken);
        await using var appliance = await ApplianceUnderAttack.StartAsync(
            "rules: ['x.cdn.example:*']",
            query => [Wire.Respond(query, 0, [.. Enumerable.Range(2, Addresses).Select(host => Wire.A("x.cdn.example", $"127.0.0.{host}"))])]);

        var answer = appliance.TunnelAsync($"x.cdn.example:{port}", $"GET / HTTP/1.1\r\nHost: x.cdn.example:{port}\r\n\r\n");
        var most = 0;
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(2))
        {
            most = Math.Max(most, Trying(port));
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        silent.Dispose();
        await answer;
        Assert.InRange(most, 1, 3);
        Assert.Equal(Reason.UpstreamUnreachable, (await appliance.ToldAsync()).Reason);
    }

    // proc(5): local and remote address and the state behind them.
    private static int Trying(int port) => File.ReadLines("/proc/net/tcp").Count(line =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, var remote, SynSent, ..]
        && remote.EndsWith(port.ToString("X4", CultureInfo.InvariantCulture), StringComparison.Ordinal));
}
