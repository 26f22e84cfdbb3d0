using System.Net;
using System.Net.Sockets;

namespace SniProxy.Tests.Proxy;

/// <summary>A server behind the proxy that does what a test says.</summary>
internal sealed class Origin : IDisposable
{
    private readonly Socket listener;

    public Origin(string address = "127.0.0.1", int port = 0, int backlog = 512)
    {
        var endpoint = new IPEndPoint(IPAddress.Parse(address), port);
        listener = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(endpoint);
        listener.Listen(backlog);
    }

    public int Port => ((IPEndPoint)(listener.LocalEndPoint ?? throw new InvalidOperationException())).Port;

    /// <summary>True when somebody has connected and was not accepted yet.</summary>
    public bool WasReached => listener.Poll(0, SelectMode.SelectRead);

    public async Task<Peer> AcceptAsync(CancellationToken over = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over, TestContext.Current.CancellationToken);
        var accepted = await listener.AcceptAsync(either.Token).AsTask().WaitAsync(Peer.Patience, CancellationToken.None);
        accepted.NoDelay = true;
        return new Peer(accepted);
    }

    public void Dispose() => listener.Dispose();
}
