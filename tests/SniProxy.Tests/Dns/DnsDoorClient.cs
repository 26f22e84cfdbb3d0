using System.Net.Sockets;

namespace SniProxy.Tests.Dns;

/// <summary>One socket of a client at the door, over either transport, so that the same messages can be put to both.</summary>
internal sealed class DnsDoorClient(DnsDoor door, bool isTcp) : IAsyncDisposable
{
    private Socket? socket;

    public async Task SendAsync(byte[] message)
    {
        socket ??= isTcp ? await door.ConnectAsync() : new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (!socket.Connected)
        {
            await socket.ConnectAsync(door.Endpoint, TestContext.Current.CancellationToken);
        }

        await socket.SendAsync(isTcp ? DnsDoor.Frame(message) : message, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends, and returns the next message that comes; that none came is a failure.</summary>
    public async Task<byte[]> AskAsync(byte[] message)
    {
        await SendAsync(message);
        if (socket is null || isTcp)
        {
            return (socket is null ? null : await DnsDoor.ReadFrameAsync(socket)) ?? throw new IOException("the door closed the connection");
        }

        var buffer = new byte[65_535];
        var length = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        return buffer[..length];
    }

    public ValueTask DisposeAsync()
    {
        socket?.Dispose();
        return ValueTask.CompletedTask;
    }
}
