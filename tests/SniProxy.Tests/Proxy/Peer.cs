using System.Net.Sockets;
using System.Text;

namespace SniProxy.Tests.Proxy;

/// <summary>One end of a connection, with a test's patience.</summary>
internal sealed class Peer(Socket socket) : IDisposable
{
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(20);

    public Socket Socket => socket;

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public Task SendAsync(byte[] bytes) => SendAsync(bytes.AsMemory());

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience)..];
        }
    }

    public Task SendAsync(string text) => SendAsync(Bytes(text));

    /// <summary>Sends until the other side is heard to have reset the connection: no end makes this stop.</summary>
    public async Task SendUntilResetAsync()
    {
        var block = new byte[256 * 1024];
        try
        {
            while (true)
            {
                await SendAsync(block);
            }
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // As is claimed.
        }
    }

    public async Task<byte[]> ReadAsync(int length)
    {
        var buffer = new byte[length];
        for (var at = 0; at < length;)
        {
            var count = await ReceiveAsync(buffer.AsMemory(at));
            Assert.True(count > 0, $"the connection ended after {at} of {length} bytes");
            at += count;
        }

        return buffer;
    }

    public async Task<string> ReadTextAsync(int length) => Encoding.Latin1.GetString(await ReadAsync(length));

    /// <summary>Up to and with the empty line.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            text.Append(await ReadTextAsync(1));
        }

        return text.ToString();
    }

    /// <summary>Everything until the other side ends, and whether it ended by a reset.</summary>
    public async Task<Heard> HearOutAsync()
    {
        var heard = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await ReceiveAsync(buffer) is > 0 and var count)
            {
                heard.Write(buffer, 0, count);
            }

            return new Heard(heard.ToArray(), false);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return new Heard(heard.ToArray(), true);
        }
    }

    public void Finish() => socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    public void Dispose() => socket.Dispose();

    /// <summary>What is there, or nothing at the end.</summary>
    public Task<int> ReceiveAsync(Memory<byte> into) => socket.ReceiveAsync(into, TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);
}
