using System.Diagnostics;
using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Limits;

/// <summary>
/// Deadlines for the first message count from accept and no progress extends them, so hundreds of clients that drip their bytes are gone when
/// their time is over; meanwhile the neighbours notice nothing.
/// </summary>
public sealed class SlowClients(Lab lab)
{
    private const int Dripping = 500;
    private const int Silent = 100;
    private const int BaselineSamples = 30;

    private static readonly TimeSpan ShortFirstByteTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortHelloTimeout = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan UsualFirstByteTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UsualHelloTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Deadlines are swept four times a second, and two cores run all of this.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(25);

    private static readonly ApplianceSettings Roomy = LabPolicies.Ordinary
        .Set("Proxy:NewConnectionsPerSecondPerSandbox", 100_000)
        .Set("Proxy:MaxConnectionsPerSandbox", 2000);

    [Fact]
    public Task AllAreClosedInTimeWhileOthersAreServed() => RunAsync(
        Roomy.Set("Proxy:FirstByteTimeout", $"{ShortFirstByteTimeout}").Set("Proxy:ClientHelloTimeout", $"{ShortHelloTimeout}"),
        ShortFirstByteTimeout,
        ShortHelloTimeout);

    [Fact]
    [Trait("Tier", "full")]
    public Task AllAreClosedInTheUsualTimeWhileOthersAreServed() => RunAsync(Roomy, UsualFirstByteTimeout, UsualHelloTimeout);

    private async Task RunAsync(ApplianceSettings settings, TimeSpan firstByteTimeout, TimeSpan helloTimeout)
    {
        var appliance = await lab.ApplianceAsync(settings, Door.Redirect);
        var hello = Hello.For(Places.Allowed.Name);
        var before = await TimesAsync(hello, () => false, BaselineSamples);
        var mark = appliance.Events.Mark;
        using var over = new CancellationTokenSource();
        var neighbours = TimesAsync(hello, () => over.IsCancellationRequested, int.MaxValue);
        var dripping = await Task.WhenAll(Enumerable.Range(0, Dripping).Select(_ => StartAsync()));
        var silent = await Task.WhenAll(Enumerable.Range(0, Silent).Select(_ => StartAsync()));
        var ends = await Task.WhenAll([.. dripping.Select(c => DripAsync(c, hello, helloTimeout)), .. silent.Select(c => EndAsync(c, helloTimeout))]);
        await over.CancelAsync();
        var during = await neighbours;

        AssertWithin(ends[..Dripping], helloTimeout);
        AssertWithin(ends[Dripping..], firstByteTimeout);
        Assert.True(during.Count > BaselineSamples, $"only {during.Count} neighbours were served");
        Assert.True(
            Percentile(during, 50) <= Percentile(before, 50) * 2 + Noise && Percentile(during, 95) <= Percentile(before, 95) * 2 + Noise * 2,
            $"before {Show(before)}, during {Show(during)}");
        await Waiting.UntilAsync(
            () => appliance.Events.Since(mark).Count(e => e.Is("reason", "client_hello_timeout") && e.Is("verdict", "deny")) == Dripping + Silent,
            TimeSpan.FromSeconds(5),
            () => $"{appliance.Events.Since(mark).Count(e => e.Is("reason", "client_hello_timeout"))} time-outs were told");
        Assert.DoesNotContain(appliance.Events.Since(mark), e => e.Is("sandbox", ApplianceSettings.SecondSandboxId) && !e.Is("verdict", "allow"));
    }

    /// <summary>From the second sandbox, one after the other: how long until the server's first byte is there. Whoever is not served fails the test.</summary>
    private async Task<List<TimeSpan>> TimesAsync(byte[] hello, Func<bool> isOver, int atMost)
    {
        var times = new List<TimeSpan>();
        while (!isOver() && times.Count < atMost)
        {
            var watch = Stopwatch.StartNew();
            using var socket = await lab.SecondSandbox.ConnectAsync(Places.Allowed.At(Family.IPv4, 443));
            await socket.SendAllAsync(hello);
            var answer = await socket.ReceiveAsync(1, TimeSpan.FromSeconds(5));
            Assert.Equal([TlsRecord.Handshake], answer);
            times.Add(watch.Elapsed);
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return times;
    }

    private async Task<(Socket Socket, Stopwatch Since)> StartAsync() =>
        (await lab.Sandbox.ConnectAsync(Places.Allowed.At(Family.IPv4, 443)), Stopwatch.StartNew());

    private static async Task<TimeSpan> DripAsync((Socket Socket, Stopwatch Since) client, byte[] hello, TimeSpan helloTimeout)
    {
        // Twice before its time is over: the last byte came shortly before.
        var interval = helloTimeout * 0.4;
        var end = EndAsync(client, helloTimeout);
        for (var sent = 0; !end.IsCompleted; sent++)
        {
            try
            {
                await client.Socket.SendAsync(hello.AsMemory(sent, 1));
            }
            catch (SocketException)
            {
                break;
            }

            await Task.WhenAny(end, Task.Delay(interval));
        }

        return await end;
    }

    // When the connection is over, in whatever way.
    private static async Task<TimeSpan> EndAsync((Socket Socket, Stopwatch Since) client, TimeSpan helloTimeout)
    {
        try
        {
            await client.Socket.ReceiveToEndAsync(helloTimeout * 2);
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }

        var elapsed = client.Since.Elapsed;
        client.Socket.Dispose();
        return elapsed;
    }

    private static void AssertWithin(IReadOnlyList<TimeSpan> ends, TimeSpan timeout) => Assert.True(
        ends.Min() >= timeout - Tolerance && ends.Max() <= timeout + Tolerance, $"ended between {ends.Min()} and {ends.Max()}, not at {timeout}");

    private static TimeSpan Percentile(List<TimeSpan> times, int percent) => times.Order().ElementAt((times.Count - 1) * percent / 100);

    private static string Show(List<TimeSpan> times) =>
        $"{times.Count} samples: median {Percentile(times, 50).TotalMilliseconds:F1} ms, p95 {Percentile(times, 95).TotalMilliseconds:F1} ms";
}
