using System.Net;
using System.Net.Sockets;
using SniProxy.Api;
using SniProxy.Dns;
using SniProxy.Events;
using SniProxy.Hosting;
using SniProxy.Policies;
using SniProxy.Proxy;
using SniProxy.Storage;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Hosting;

/// <summary>What a start that cannot succeed says, and that it leaves nothing behind.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TempFolder folder = new();

    private static IPEndPoint Free => new(IPAddress.Loopback, 0);

    [Fact]
    public async Task RefusesTheDataFolderOfAnotherAppliance()
    {
        var options = Options();
        await using (await Appliance.StartAsync(options))
        {
            var refused = await Assert.ThrowsAsync<StoreException>(() => Appliance.StartAsync(options));
            Assert.Contains($"{options.DataFolder} is the data folder of another sniproxy that runs", refused.Message, StringComparison.Ordinal);
        }

        // Whoever comes after it may have the folder.
        await using var next = await Appliance.StartAsync(options);
    }

    [Theory]
    [InlineData(SocketType.Dgram)]
    [InlineData(SocketType.Stream)]
    public async Task SaysWhatToDoWhenThePortOfDnsIsTaken(SocketType type)
    {
        using var taken = Take(type);
        var options = Options() with { Dns = new DnsOptions { Endpoint = $"{taken.LocalEndPoint}" } };
        var error = await Assert.ThrowsAsync<IOException>(() => Appliance.StartAsync(options));

        Assert.Contains($"DNS cannot be bound to {taken.LocalEndPoint}", error.Message, StringComparison.Ordinal);
        Assert.Contains("ss -lunp", error.Message, StringComparison.Ordinal);
        await using var second = await Appliance.StartAsync(Options());
    }

    [Fact]
    public async Task NamesTheListenerWhosePortIsTaken()
    {
        using var taken = Take(SocketType.Stream);
        var options = Options((IPEndPoint?)taken.LocalEndPoint);
        var error = await Assert.ThrowsAsync<IOException>(() => Appliance.StartAsync(options));

        Assert.StartsWith($"The listener \"explicit\" cannot be bound to {taken.LocalEndPoint}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NamesTheApiWhosePortIsTaken()
    {
        using var taken = Take(SocketType.Stream);
        var options = Options() with { Api = new ApiOptions(Assert.IsType<IPEndPoint>(taken.LocalEndPoint), null) };
        var error = await Assert.ThrowsAsync<IOException>(() => Appliance.StartAsync(options));

        Assert.StartsWith("SniProxy:Api: ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{taken.LocalEndPoint}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NamesTheApiWhoseAddressIsNotThisMachines()
    {
        var options = Options() with { Api = new ApiOptions(new IPEndPoint(IPAddress.Parse("203.0.113.77"), 0), null) };
        var error = await Assert.ThrowsAsync<IOException>(() => Appliance.StartAsync(options));

        Assert.StartsWith("SniProxy:Api: ", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static Socket Take(SocketType type)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        socket.Bind(Free);
        if (type == SocketType.Stream)
        {
            socket.Listen();
        }

        return socket;
    }

    private ApplianceOptions Options(IPEndPoint? listener = null) => new()
    {
        DataFolder = folder.Path,
        Proxy = new ProxyOptions
        {
            Listeners = [new ListenerOptions("explicit", ListenerKind.Explicit, listener ?? Free)],
            DrainTimeout = TimeSpan.Zero,
        },
        Dns = new DnsOptions { Endpoint = "127.0.0.1:0", Upstreams = ["127.0.0.1:1"] },
        Api = new ApiOptions(Free, null),
        Policies = new PolicyOptions(Path.Combine(folder.Path, "policies")),
        Bindings = [],
        Sandboxes = [],
        GuardExempt = [],
        Events = new EventOptions { JsonLines = null },
        IsQuiet = true,
    };
}
