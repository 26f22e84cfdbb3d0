using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Limits;

/// <summary>Clients that leave by reset while the appliance still reads what they want leave nothing behind: no descriptor, no memory, no open flow.</summary>
[Trait("Set", "correctness")]
public sealed class ManyResets(Lab lab)
{
    private const int Together = 250;
    private const int WarmUpBatches = 10;
    private const int Batches = 40;

    /// <summary>A runtime that has not collected its garbage yet grows in one round or two, by some megabytes; what leaks grows in each.</summary>
    private const int Rounds = 4;

    /// <summary>Half a kilobyte for each.</summary>
    private const long AllowedGrowth = 5_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly ApplianceSettings Roomy = LabPolicies.Ordinary
        .Set("Proxy:NewConnectionsPerSecondPerSandbox", 100_000)
        .Set("Proxy:MaxConnectionsPerSandbox", 2000);

    [Fact]
    public async Task TenThousandWhilePeekingLeaveNothing()
    {
        var appliance = await lab.ApplianceAsync(Roomy, Door.Redirect);
        var hello = Hello.For(Places.Denied.Name);
        for (var batch = 0; batch < WarmUpBatches; batch++)
        {
            await ResetAsync(appliance, hello);
        }

        await appliance.UntilQuietAsync();
        var descriptors = ProcessFigures.DescriptorsOf(appliance.Process.Id);
        var mark = appliance.Events.Mark;
        for (var round = 1; ; round++)
        {
            mark = appliance.Events.Mark;
            var resident = ProcessFigures.ResidentBytesOf(appliance.Process.Id);
            for (var batch = 0; batch < Batches; batch++)
            {
                await ResetAsync(appliance, hello);
            }

            await appliance.UntilQuietAsync();
            var growth = ProcessFigures.ResidentBytesOf(appliance.Process.Id) - resident;
            if (growth < AllowedGrowth)
            {
                break;
            }

            Assert.True(round < Rounds, $"{growth} bytes more, after {round} rounds that all left some");
        }

        await Waiting.UntilAsync(
            () => ProcessFigures.DescriptorsOf(appliance.Process.Id) <= descriptors,
            Patience,
            () => $"{ProcessFigures.DescriptorsOf(appliance.Process.Id)} descriptors, {descriptors} before");
        await Waiting.UntilAsync(
            () => appliance.Events.Since(mark).Count(e => e.Is("ending", "client_aborted")) == Batches * Together,
            Patience,
            () => $"{appliance.Events.Since(mark).Count(e => e.Is("ending", "client_aborted"))} were told of");
        var refusal = await Refusal.OfAsync(
            lab.Sandbox, new Route(Door.Redirect, Family.IPv4), Places.Denied.Name, Places.Denied.At(Family.IPv4, 443), hello);
        Assert.True(refusal.Alert == Refusal.AccessDenied, refusal.ToString());
    }

    // All are being read when they are reset: with nothing said yet, in the middle of the hello, one byte before its end.
    private async Task ResetAsync(Appliance appliance, byte[] hello)
    {
        var sockets = lab.Sandbox.Inside(() => Enumerable.Range(0, Together)
            .Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) })
            .ToArray());
        await Task.WhenAll(sockets.Select((socket, i) => BeginAsync(socket, hello.AsMemory(0, i * hello.Length / Together))));
        await UntilOpenAsync(appliance, Together);
        foreach (var socket in sockets)
        {
            socket.Dispose();
        }

        await UntilOpenAsync(appliance, 0);
    }

    private static async Task BeginAsync(Socket socket, ReadOnlyMemory<byte> beginning)
    {
        await socket.ConnectAsync(Places.Denied.At(Family.IPv4, 443));
        await socket.SendAllAsync(beginning);
    }

    private static Task UntilOpenAsync(Appliance appliance, int count) => Waiting.UntilAsync(
        async () => await appliance.MetricAsync("sniproxy_active_connections") == count, Patience, () => $"not {count} connections are open");
}
