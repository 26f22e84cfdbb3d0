using System.Net;
using System.Net.Sockets;
using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

/// <summary>By which interface a connection came in, while interfaces are renamed and go away.</summary>
public sealed class IngressInterfacesTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::", "::1")]
    public async Task TellsTheInterfaceOfAConnection(string listenAt, string connectTo)
    {
        var at = IPAddress.Parse(listenAt);
        using var listener = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (at.AddressFamily == AddressFamily.InterNetworkV6)
        {
            listener.DualMode = true;
        }

        listener.Bind(new IPEndPoint(at, 0));
        listener.Listen();
        var to = new IPEndPoint(IPAddress.Parse(connectTo), Assert.IsType<IPEndPoint>(listener.LocalEndPoint).Port);
        using var connection = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await connection.ConnectAsync(to, TestContext.Current.CancellationToken);
        using var accepted = await GatewayLab.AcceptAsync(listener);
        using var interfaces = new IngressInterfaces();

        Assert.Equal("lo", interfaces.Of(accepted));
    }

    [Fact]
    public async Task TellsTheNameThatAnInterfaceHasNow()
    {
        await using var lab = await GatewayLab.CreateAsync();
        using var listener = lab.Listen(lab.Gateway, GatewayLab.ListenerPort);
        using var client = await lab.ConnectAsync(GatewayLab.GatewayIPv4, GatewayLab.ListenerPort);
        using var accepted = await GatewayLab.AcceptAsync(listener);
        using var interfaces = new IngressInterfaces(lab.Gateway);
        Assert.Equal(GatewayLab.SandboxLink, interfaces.Of(accepted));

        await GatewayLab.Ip(lab.Gateway, $"link set {GatewayLab.SandboxLink} down");
        await GatewayLab.Ip(lab.Gateway, $"link set {GatewayLab.SandboxLink} name other0");
        Assert.Equal("other0", interfaces.Of(accepted));

        await GatewayLab.Ip(lab.Gateway, "link del other0");
        Assert.Null(interfaces.Of(accepted));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void HasNoNameForAnIndexThatIsNone(int index)
    {
        using var interfaces = new IngressInterfaces();

        Assert.Null(interfaces.NameOf(index));
    }

    [Fact]
    public void TellsNothingOfAConnectionThatIsGone()
    {
        using var interfaces = new IngressInterfaces();
        var gone = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        gone.Dispose();

        Assert.Null(interfaces.Of(gone));
    }
}
