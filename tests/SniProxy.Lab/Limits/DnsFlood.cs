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
    private const int Questions = 200;
    private const int Rounds = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

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
        try
        {
            // A machine that is busy with something else is not what is measured: the best of some rounds counts. None may lose an answer.
            var best = TimeSpan.MaxValue;
            for (var round = 0; round < Rounds && best >= LongestWait; round++)
            {
                var p99 = await AskAsync();
                best = p99 < best ? p99 : best;
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"{flooded}: {Volatile.Read(ref sent)} sent, p99 {best}");
            Assert.True(best < LongestWait, $"{flooded}: {Volatile.Read(ref sent)} sent, p99 {best}");
        }
        finally
        {
            await over.CancelAsync();
            flood.Join();
        }
    }

    // How long the neighbour waits for all but one answer in a hundred.
    private async Task<TimeSpan> AskAsync()
    {
        var waits = new List<TimeSpan>();
        for (var i = 0; i < Questions; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var (name, code) = i % 2 == 0 ? ("denied.example", Question.NameError) : ("allowed.example", Question.NoError);
            Assert.Equal(code, Question.ResponseCodeOf(await Question.AskAsync(lab.SecondSandbox, Places.Resolver.V4, name, tcp: false, within: Patience)));
            waits.Add(Stopwatch.GetElapsedTime(started));
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }

        return waits.Order().ElementAt(Questions * 99 / 100 - 1);
    }
}
