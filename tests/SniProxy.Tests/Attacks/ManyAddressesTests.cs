using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Proxy;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Attacks;

/// <summary>Who answers for a name decides how many addresses it has; not how many descriptors one flow takes.</summary>
public sealed class ManyAddressesTests
{
    private const int Addresses = 20;
    private const string SynSent = "02";

    private static readonly TimeSpan OneAddress = TimeSpan.FromSeconds(1.5);

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
            query => [Wire.Respond(query, 0, [.. Enumerable.Range(2, Addresses).Select(host => Wire.A("x.cdn.example", $"127.0.0.{host}"))])],
            new ProxyOptions { ConnectTimeout = OneAddress });

        // Watched until the flow gives up, however long that takes: six attempts would be under way if nothing held them back.
        var answer = appliance.TunnelAsync($"x.cdn.example:{port}", $"GET / HTTP/1.1\r\nHost: x.cdn.example:{port}\r\n\r\n");
        var most = 0;
        while (!answer.IsCompleted)
        {
            most = Math.Max(most, Trying(port));
            await Task.WhenAny(answer, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        await answer;
        Assert.InRange(most, 1, 3);
        Assert.Equal(Reason.UpstreamTimeout, (await appliance.ToldAsync()).Reason);
    }

    // The table is not read at one moment: an attempt and the one that took its place may both be in one reading. What stands in two readings one
    // after the other was under way between them.
    private static int Trying(int port)
    {
        var before = Attempts(port);
        return before.Intersect(Attempts(port)).Count();
    }

    // proc(5): local and remote address and the state behind them.
    private static List<string> Attempts(int port) =>
    [
        .. from line in File.ReadLines("/proc/net/tcp")
           let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
           where fields is [_, _, _, SynSent, ..] && fields[2].EndsWith(port.ToString("X4", CultureInfo.InvariantCulture), StringComparison.Ordinal)
           select fields[1] + fields[2],
    ];
}
