using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Names;

/// <summary>A sandbox that asks for more names than it may have, as fast as it can.</summary>
[Trait("Tier", "full")]
public sealed class SyntheticFlood(Lab lab, ITestOutputHelper output)
{
    private const int Names = 200_000;
    private const int Quota = 65_536;
    private const int AtOnce = 100;
    private const int Failure = 2;

    private static readonly ApplianceSettings Settings = ApplianceSettings.With("""
        version: 1
        dns: { mode: synthetic }
        rules: ["**.wild.example", "**.allowed.example"]
        """).Set("Dns:QueriesPerSecondPerSandbox", 1_000_000).Set("Dns:InFlightPerSandbox", 10_000);

    [Fact]
    public async Task FillsItsQuotaAndDisturbsNobody()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        await Clients.ResolveAsync(lab.SecondSandbox, "known.allowed.example", Family.IPv4);
        var before = ProcessFigures.ResidentBytesOf(appliance.Process.Id);
        var watch = Stopwatch.StartNew();
        var flood = FloodAsync();
        var (known, made) = (new List<double>(), new List<double>());
        while (!flood.IsCompleted)
        {
            known.Add(await AskAsync("known.allowed.example"));
            made.Add(await AskAsync($"n{made.Count}.allowed.example"));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        var codes = await flood;
        var elapsed = watch.Elapsed;
        var resident = ProcessFigures.ResidentBytesOf(appliance.Process.Id);
        output.WriteLine($"{Names} names in {elapsed.TotalSeconds:F1} s: {codes[0]} given, {codes[Failure]} failed; resident {before / 1_048_576} → {resident / 1_048_576} MiB; "
            + $"another sandbox's known name p50 {At(known, 0.5):F2} p99 {At(known, 0.99):F2} ms, new names p50 {At(made, 0.5):F2} p99 {At(made, 0.99):F2} ms ({made.Count})");
        Assert.Equal((Quota, Names - Quota), (codes[0], codes[Failure]));
        Assert.InRange(resident - before, 0, 200L * 1_048_576);
        Assert.True(At(known, 0.5) < 5 && At(known, 0.99) < 100, $"p99 {At(known, 0.99)} ms");
        Assert.True(At(made, 0.5) < 50 && At(made, 0.99) < 500, $"p99 {At(made, 0.99)} ms");
        Assert.Equal(Quota + made.Count + 1, await appliance.MetricAsync("sniproxy_synthetic_names"));

        // Nobody is out of names but the sandbox itself, and it keeps the ones it has, also over a kill.
        var first = await Clients.ResolveAsync(lab.Sandbox, "f0.wild.example", Family.IPv4);
        Assert.NotNull(first);
        appliance.Signal(Signals.Kill);
        await appliance.Process.ExitAsync(TimeSpan.FromSeconds(10));
        watch.Restart();
        await appliance.RestartAsync();
        output.WriteLine($"started again in {watch.Elapsed.TotalSeconds:F1} s");
        Assert.Equal(first, await Clients.ResolveAsync(lab.Sandbox, "f0.wild.example", Family.IPv4));
        Assert.Null(await Clients.ResolveAsync(lab.Sandbox, "more.wild.example", Family.IPv4));
    }

    private static double At(List<double> milliseconds, double share) => milliseconds.Order().ElementAt((int)(milliseconds.Count * share));

    private async Task<double> AskAsync(string name)
    {
        var watch = Stopwatch.StartNew();
        Assert.Equal(Question.NoError, Question.ResponseCodeOf(await Question.AskAsync(lab.SecondSandbox, Places.SecondGateway.V4, name, tcp: false)));
        return watch.Elapsed.TotalMilliseconds;
    }

    // How often each response code came. Each of the lanes has one question under way; a lost datagram is asked again.
    private async Task<int[]> FloodAsync()
    {
        var codes = new int[16];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            using var socket = lab.Sandbox.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(Places.Gateway.V4, 53);
            var answer = new byte[512];
            for (var i = Interlocked.Increment(ref next); i < Names; i = Interlocked.Increment(ref next))
            {
                Interlocked.Increment(ref codes[await AskAsync(socket, i, answer)]);
            }
        })));
        return codes;
    }

    private static async Task<int> AskAsync(Socket socket, int number, byte[] answer)
    {
        var name = Encoding.ASCII.GetBytes($"f{number}");
        byte[] question = [(byte)(number >> 8), (byte)number, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, (byte)name.Length, .. name, .. "\u0004wild\u0007example\0\0\u0001\0\u0001"u8];
        while (true)
        {
            await socket.SendAsync(question);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                while (await socket.ReceiveAsync(answer, patience.Token) < 12 || answer[0] != question[0] || answer[1] != question[1])
                {
                }

                return answer[3] & 15;
            }
            catch (OperationCanceledException)
            {
            }
        }
    }
}
