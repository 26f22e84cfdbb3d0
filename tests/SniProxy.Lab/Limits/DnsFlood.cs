using System.Diagnostics;
using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Limits;

/// <summary>One sandbox asks as fast as it can: its neighbour is answered as before.</summary>
public sealed class DnsFlood(Lab lab)
{
    private const int Questions = 300;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    // The flood itself takes one of two cores. Without the kernel's limit its questions would stand before the neighbour's for 160 ms and more.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    [Theory]
    [InlineData("denied.example")]
    [InlineData("allowed.example")]
    [InlineData("fresh")]
    public async Task TheNeighbourIsAnswered(string flooded)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        using var socket = lab.Sandbox.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var over = new CancellationTokenSource();
        await socket.ConnectAsync(Places.Resolver.At(Family.IPv4, 53), over.Token);
        var sent = 0L;
        var flood = new Thread(() =>
        {
            while (!over.IsCancellationRequested)
            {
                socket.Send(Question.Write(flooded == "fresh" ? $"n{sent}.denied.example" : flooded, 1));
                sent++;
            }
        })
        { IsBackground = true };
        flood.Start();
        var waits = new List<TimeSpan>();
        var lost = 0;
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Questions; i++)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                var (name, code) = i % 2 == 0 ? ("denied.example", Question.NameError) : ("allowed.example", Question.NoError);
                Assert.Equal(code, Question.ResponseCodeOf(await Question.AskAsync(lab.SecondSandbox, Places.Resolver.V4, name, tcp: false, within: Patience)));
                waits.Add(Stopwatch.GetElapsedTime(started));
            }
            catch (OperationCanceledException)
            {
                lost++;
            }

            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }

        var rate = sent / watch.Elapsed.TotalSeconds;
        await over.CancelAsync();
        flood.Join();
        waits.Sort();
        var figures = $"{flooded}: {rate:F0}/s sent, {lost} of {Questions} lost, p50 {waits[waits.Count / 2]}, p99 {waits[waits.Count * 99 / 100]}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(lost == 0 && waits[waits.Count * 99 / 100] < LongestWait, figures);
    }
}
