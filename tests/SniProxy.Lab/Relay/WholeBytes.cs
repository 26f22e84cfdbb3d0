using System.Net.Sockets;
using System.Security.Cryptography;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Relay;

/// <summary>What goes in comes out, both ways, whatever its size and whoever closes first.</summary>
public sealed class WholeBytes(Lab lab)
{
    private const int DuplexBytes = 3_000_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static TheoryData<int, Door, Family> SizesAndDoors => new(
        from size in (int[])[1, 1500, 65_535, 65_536, 65_537, 1_000_003, 8 * 1024 * 1024]
        from door in Doors.All
        from family in Enum.GetValues<Family>()
        where size is 65_537 or 8 * 1024 * 1024 || (door == Door.Redirect && family == Family.IPv4)
        select (size, door, family));

    [Theory]
    [MemberData(nameof(SizesAndDoors))]
    public async Task EchoIsWhatWasSent(int bytes, Door door, Family family)
    {
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ClientFirst), TcpServer.EchoAsync);
        using var socket = await OpenAsync(RawPort.ClientFirst, door, family);
        var payload = RawPort.Payload(bytes);
        var back = socket.ReceiveToEndAsync(Patience);
        await socket.SendAllAsync(payload);
        socket.Shutdown(SocketShutdown.Send);
        AssertSame(payload, await back);
        Assert.Equal(bytes, server.BytesRead);
    }

    /// <summary>Two streams that have nothing to do with each other, at the same time.</summary>
    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task BothDirectionsAtOnceKeepApart(Door door, Family family)
    {
        var (up, down) = (RawPort.Payload(DuplexBytes), RawPort.Payload(DuplexBytes + 1));
        var arrived = new TaskCompletionSource<byte[]>();
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ServerFirst), async (_, socket, stop) =>
        {
            var sending = socket.SendAllAsync(down, stop);
            arrived.SetResult(await socket.ReceiveAsync(up.Length, Patience));
            await sending;
        });
        using var socket = await OpenAsync(RawPort.ServerFirst, door, family);
        var back = socket.ReceiveAsync(down.Length, Patience);
        await socket.SendAllAsync(up);
        AssertSame(down, await back);
        AssertSame(up, await arrived.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    /// <summary>The client has nothing to say, says so, and is answered all the same; the same after a last word.</summary>
    [Theory]
    [InlineData(0, Door.Redirect)]
    [InlineData(0, Door.TProxy)]
    [InlineData(0, Door.Explicit)]
    [InlineData(100_000, Door.Redirect)]
    [InlineData(100_000, Door.TProxy)]
    [InlineData(100_000, Door.Explicit)]
    public async Task ClientThatClosesFirstStillReads(int bytes, Door door)
    {
        var answer = RawPort.Payload(2_000_000);
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ServerFirst), async (_, socket, stop) =>
        {
            var question = await socket.ReceiveToEndAsync(Patience);
            await socket.SendAllAsync(question.Length == bytes ? answer : [], stop);
            socket.Shutdown(SocketShutdown.Send);
        });
        using var socket = await OpenAsync(RawPort.ServerFirst, door, Family.IPv4);
        await socket.SendAllAsync(RawPort.Payload(bytes));
        socket.Shutdown(SocketShutdown.Send);
        AssertSame(answer, await socket.ReceiveToEndAsync(Patience));
    }

    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    [InlineData(Door.Explicit)]
    public async Task ServerThatClosesFirstStillReceives(Door door)
    {
        var arrived = new TaskCompletionSource<byte[]>();
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ServerFirst), async (_, socket, stop) =>
        {
            await socket.SendAllAsync("bye"u8.ToArray(), stop);
            socket.Shutdown(SocketShutdown.Send);
            arrived.SetResult(await socket.ReceiveToEndAsync(Patience));
        });
        using var socket = await OpenAsync(RawPort.ServerFirst, door, Family.IPv4);
        Assert.Equal("bye"u8.ToArray(), await socket.ReceiveToEndAsync(Patience));
        // Its end has arrived; only now does the client begin.
        var late = RawPort.Payload(1_000_000);
        await socket.SendAllAsync(late);
        socket.Shutdown(SocketShutdown.Send);
        AssertSame(late, await arrived.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    private static void AssertSame(byte[] expected, byte[] actual) => Assert.Equal(
        (expected.Length, Convert.ToHexStringLower(SHA256.HashData(expected))), (actual.Length, Convert.ToHexStringLower(SHA256.HashData(actual))));

    private async Task<Socket> OpenAsync(int port, Door door, Family family)
    {
        await lab.ApplianceAsync(RawPort.Settings, door);
        return await Opening.OpenAsync(lab.Sandbox, new Route(door, family), RawPort.Name(family), RawPort.Host.At(family, port));
    }
}
