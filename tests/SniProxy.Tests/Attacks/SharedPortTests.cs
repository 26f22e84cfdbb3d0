using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Flows;
using SniProxy.Proxy;
using SniProxy.Proxy.Listeners;

namespace SniProxy.Tests.Attacks;

public sealed class SharedPortTests
{
    [Fact]
    public async Task ASecondApplianceNeverSharesThePortOfTheFirst()
    {
        using var flows = new FlowTable(new FlowLimits(10, 10, 10), new EventIds(TimeProvider.System));
        var factory = new ProxyListenerFactory(flows, new IngressInterfaces(), new ProxyLog(NullLogger<ProxyLog>.Instance));
        await using var first = await factory.BindAsync(At(0), TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<AddressInUseException>(
            async () => await factory.BindAsync(At(((IPEndPoint)first.EndPoint).Port), TestContext.Current.CancellationToken));
    }

    private static ProxyEndPoint At(int port) => new(new ListenerOptions("explicit", ListenerKind.Explicit, new IPEndPoint(IPAddress.Loopback, port)));
}
