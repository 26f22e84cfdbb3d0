using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Relay;

/// <summary>Whoever stops reading stops whoever writes; the appliance keeps next to nothing in between, and loses nothing.</summary>
[Trait("Set", "correctness")]
public sealed class StalledReaders(Lab lab)
{
    private const int Flows = 4;
    private const long Offered = 200_000_000;

    /// <summary>A direction may hold 64 KiB; this leaves room for a runtime that grows for reasons of its own.</summary>
    private const long AllowedPerFlow = 8_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(700);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WriterIsStoppedAndMemoryStaysBounded(bool isDownload)
    {
        var appliance = await lab.ApplianceAsync(RawPort.Settings, Door.Redirect);
        var go = new TaskCompletionSource();
        long written = 0;
        long read = 0;
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ServerFirst), async (_, socket, stop) =>
        {
            if (isDownload)
            {
                await WriteAsync(socket, n => Interlocked.Add(ref written, n), stop);
                return;
            }

            await go.Task.WaitAsync(stop);
            await ReadAsync(socket, n => Interlocked.Add(ref read, n), stop);
        });
        await WarmUpAsync();
        var before = ProcessFigures.ResidentBytesOf(appliance.Process.Id);
        var clients = await Task.WhenAll(Enumerable.Range(0, Flows).Select(_ => lab.Sandbox.ConnectAsync(RawPort.Host.At(Family.IPv4, RawPort.ServerFirst))));
        try
        {
            using var deadline = new CancellationTokenSource(Patience * 2);
            var writing = isDownload
                ? Task.CompletedTask
                : Task.WhenAll(clients.Select(c => WriteAsync(c, n => Interlocked.Add(ref written, n), deadline.Token)));
            await UntilStalledAsync(() => Volatile.Read(ref written));
            var stalled = Volatile.Read(ref written);
            var growth = ProcessFigures.ResidentBytesOf(appliance.Process.Id) - before;
            Assert.True(growth < Flows * AllowedPerFlow, $"{growth} bytes more for {Flows} stalled flows");
            Assert.True(stalled < Flows * Offered / 4, $"the writers were not stopped: {stalled} bytes taken");

            go.SetResult();
            if (isDownload)
            {
                await Task.WhenAll(clients.Select(c => ReadAsync(c, n => Interlocked.Add(ref read, n), deadline.Token)));
            }

            await writing;
            await Waiting.UntilAsync(() => Volatile.Read(ref read) == Flows * Offered, Patience, () => $"{read} of {Flows * Offered} bytes arrived");
            growth = ProcessFigures.ResidentBytesOf(appliance.Process.Id) - before;
            Assert.True(growth < Flows * AllowedPerFlow, $"{growth} bytes more after the flows");
        }
        finally
        {
            foreach (var client in clients)
            {
                client.Dispose();
            }
        }
    }

    // The first flows of a process load code; that is not what is measured.
    private async Task WarmUpAsync()
    {
        await lab.ApplianceAsync(RawPort.Settings, Door.Redirect);
        await using var echo = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ClientFirst), TcpServer.EchoAsync);
        using var socket = await lab.Sandbox.ConnectAsync(RawPort.Host.At(Family.IPv4, RawPort.ClientFirst));
        var payload = RawPort.Payload(20_000_000);
        var back = socket.ReceiveAsync(payload.Length, Patience);
        await socket.SendAllAsync(payload);
        Assert.Equal(payload.Length, (await back).Length);
    }

    private static async Task WriteAsync(Socket socket, Action<int> count, CancellationToken stop)
    {
        await KnownBytes.SendAsync(socket, Offered, count, stop);
        socket.Shutdown(SocketShutdown.Send);
    }

    private static Task ReadAsync(Socket socket, Action<int> count, CancellationToken stop) => KnownBytes.ReceiveToEndAsync(socket, 0, count, stop);

    // Something was written, and for a while nothing more.
    private static async Task UntilStalledAsync(Func<long> written)
    {
        long last;
        do
        {
            last = written();
            await Task.Delay(Calm);
        }
        while (last == 0 || written() != last);
    }
}
