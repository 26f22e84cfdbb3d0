using System.Net.Sockets;
using SniProxy.Core.Dns;
using SniProxy.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

[Collection(nameof(WholeHeap))]
public sealed class SilentReaderTests
{
    private const int Connections = 20;

    // A reply takes some dozens of bytes. Room for the longest would be 64 KiB for each of 32 on a connection.
    private const int MostBytes = 5 * 1024 * 1024;

    /// <summary>A client that asks over all its connections and reads nothing makes the door hold little more than what it was told.</summary>
    [Fact]
    public async Task WhoReadsNothingHoldsNoRoomForLongReplies()
    {
        var options = new DnsOptions { Endpoint = "[::]:0", QueriesPerSecondPerSandbox = 1, TcpConnectionsPerSandbox = Connections };
        await using var door = new DnsDoor("rules: []", options: options);
        var question = DnsDoor.Frame(Wire.Query("denied.example", DnsType.A));
        var clients = new List<Socket>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Connections; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 2048, NoDelay = true };
            clients.Add(client);
            await client.ConnectAsync(door.Endpoint, TestContext.Current.CancellationToken);
            await FillAsync(client, [.. Enumerable.Repeat(question, 100).SelectMany(bytes => bytes)]);
        }

        door.Seen.Clear();
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        clients.ForEach(client => client.Dispose());
        Assert.True(held < MostBytes, $"{held} bytes are held for {Connections} connections");
    }

    // Until the door takes no more of it.
    private static async Task FillAsync(Socket client, byte[] questions)
    {
        try
        {
            while (true)
            {
                await client.SendAsync(questions, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMilliseconds(100));
            }
        }
        catch (TimeoutException)
        {
        }
    }
}
