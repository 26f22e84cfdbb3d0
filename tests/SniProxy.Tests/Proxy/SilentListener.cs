using System.Net;
using System.Net.Sockets;

namespace SniProxy.Tests.Proxy;

/// <summary>An address that never answers: the listener's queue is full, and the kernel drops what else arrives (listen(2)).</summary>
internal static class SilentListener
{
    public static async Task<Socket> OpenAsync(string address, int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        listener.Listen(0);
        while (true)
        {
            var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            using var full = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            try
            {
                await filler.ConnectAsync(listener.LocalEndPoint ?? throw new InvalidOperationException(), full.Token);
            }
            catch (OperationCanceledException)
            {
                filler.Dispose();
                return listener;
            }
        }
    }
}
