using System.Net.Sockets;

namespace SniProxy.Lab.Ground;

/// <summary>Whole messages over a stream socket.</summary>
public static class SocketBytes
{
    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancellation)..];
        }
    }

    /// <summary>Up to that many bytes; fewer only when the other side closed first.</summary>
    public static async Task<byte[]> ReceiveAsync(this Socket socket, int count, TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within);
        var buffer = new byte[count];
        var filled = 0;
        while (filled < count)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(filled), deadline.Token);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return buffer[..filled];
    }

    /// <summary>Everything until the other side closes.</summary>
    public static async Task<byte[]> ReceiveToEndAsync(this Socket socket, TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within);
        using var memory = new MemoryStream();
        var buffer = new byte[16384];
        for (var read = await socket.ReceiveAsync(buffer, deadline.Token); read > 0; read = await socket.ReceiveAsync(buffer, deadline.Token))
        {
            memory.Write(buffer, 0, read);
        }

        return memory.ToArray();
    }
}
