using System.Net;
using Microsoft.AspNetCore.Connections;
using SniProxy.Proxy;
using SniProxy.Proxy.Listeners;
using SniProxy.Tests.Proxy;

namespace SniProxy.Tests.Attacks;

public sealed class SharedPortTests
{
    [Fact]
    public async Task ASecondApplianceNeverSharesThePortOfTheFirst()
    {
        await using var first = await ProxyDoor.OpenAsync("rules: []");
        await using var second = await ProxyDoor.OpenAsync("rules: []");
        await Assert.ThrowsAsync<AddressInUseException>(async () => await second.Listeners.BindAsync(At(first.Port), TestContext.Current.CancellationToken));
    }

    private static ProxyEndPoint At(int port) => new(new ListenerOptions("explicit", ListenerKind.Explicit, new IPEndPoint(IPAddress.IPv6Any, port)));
}
