using SniProxy.Core.Contract;

namespace SniProxy.Tests.Proxy;

/// <summary>A flow of plain bytes over a door of its own, both of whose ends are the test's.</summary>
internal sealed class OpenFlow : IAsyncDisposable
{
    private const string FirstBytes = "SSH-2.0-x\r\n";

    private readonly Origin origin;

    private OpenFlow(Origin origin, ProxyDoor door, Peer client, Peer server)
    {
        this.origin = origin;
        Door = door;
        Client = client;
        Server = server;
    }

    public ProxyDoor Door { get; }

    public Peer Client { get; }

    public Peer Server { get; }

    /// <summary>Whose first bytes have arrived.</summary>
    /// <param name="terms">What else the rule says that lets it through.</param>
    public static async Task<OpenFlow> StartAsync(string terms = "")
    {
        var origin = new Origin();
        var door = await ProxyDoor.OpenAsync(
            $"rules: [{{ allow: [\"tcp://127.0.0.1:{origin.Port}\"]{terms} }}]",
            new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}" });
        var client = await door.ConnectAsync(FirstBytes);
        var server = await origin.AcceptAsync();
        Assert.Equal(FirstBytes, await server.ReadTextAsync(FirstBytes.Length));
        return new OpenFlow(origin, door, client, server);
    }

    /// <summary>Both ends, the client first if so wanted.</summary>
    public (Peer One, Peer Other) Ends(bool clientFirst) => clientFirst ? (Client, Server) : (Server, Client);

    public async Task AssertResetByAsync(bool client) =>
        Assert.Equal(client ? Ending.ClientReset : Ending.UpstreamReset, (await Door.NextEventAsync()).Ending);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Server.Dispose();
        await Door.DisposeAsync();
        origin.Dispose();
    }
}
