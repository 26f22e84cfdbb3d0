using System.Diagnostics;
using SniProxy.Core.Contract;
using SniProxy.Sandboxes;
using SniProxy.Tests.Proxy;

namespace SniProxy.Tests.Attacks;

/// <summary>
/// What shadow only told of an open connection it would not do: once enforced, the connection has no more right to go on than one that begins.
/// </summary>
public sealed class WatchedThenEnforcedTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    // While it is watched a sandbox opens the door for itself: from then on nobody looks at what it asks for on this connection.
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: evil.example\r\nHost: good.example\r\n\r\n")]
    public async Task ALaterRequestThatWasOnlyToldEndsTheConnectionOnceEnforced(string later)
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"http://good.example:{origin.Port}", Transparent(origin));
        door.Learn("good.example", "127.0.0.1");
        using var client = await door.ConnectAsync($"GET / HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        await client.SendAsync(later);
        Assert.Contains("evil.example", await server.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(Decision.Deny, (await door.NextEventAsync(EventKind.Request)).WouldBe);
        await EnforceAndEndAsync(door, client, server);
    }

    // The connection itself is one that enforce allows, and stays; what it asks for since is no longer only told.
    [Fact]
    public async Task ALaterRequestIsDeniedWhereTheConnectionBeganUnderShadow()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"http://good.example:{origin.Port}", Transparent(origin));
        door.Learn("good.example", "127.0.0.1");
        using var client = await door.ConnectAsync($"GET / HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        door.Sandboxes.Change(ProxyDoor.SandboxId, new SandboxChange(Mode: Mode.Enforce), "test");
        await door.PassedAsync();
        Assert.Single(door.Flows.Open, flow => !flow.IsClosed);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
        Assert.DoesNotContain("evil.example", (await server.HearOutAsync()).Text, StringComparison.Ordinal);
        var told = await door.NextEventAsync(EventKind.Flow);
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged), (told.Ending, told.Reason));
    }

    // Let through for what its port promises; then it turns out to be something else.
    [Fact]
    public async Task FirstBytesThatWereOnlyToldEndTheConnectionOnceEnforced()
    {
        using var origin = new Origin();
        var plan = Transparent(origin) with { Options = new() { ServerFirstPorts = new HashSet<int> { origin.Port } } };
        await using var door = await ProxyDoor.AllowingAsync($"ssh://127.0.0.1:{origin.Port}", plan);
        using var client = await door.ConnectAsync();
        using var server = await origin.AcceptAsync();
        var hello = Hellos.For("evil.example");
        await client.SendAsync(hello);
        await server.ReadAsync(hello.Length);
        Assert.Equal(Decision.Deny, (await door.NextEventAsync(EventKind.Request)).WouldBe);
        await EnforceAndEndAsync(door, client, server);
    }

    [Fact]
    public async Task ASecondHelloThatWasOnlyToldEndsTheConnectionOnceEnforced()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}", Transparent(origin));
        door.Learn("good.example", "127.0.0.1");
        var (first, second) = (Hellos.For("good.example"), Hellos.For("evil.example"));
        using var client = await door.ConnectAsync(first);
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(first.Length);
        await server.SendAsync(Hellos.RetryRequest());
        await client.ReadAsync(Hellos.RetryRequest().Length);
        await client.SendAsync(second);
        await server.ReadAsync(second.Length);
        Assert.Equal(Decision.Deny, (await door.NextEventAsync(EventKind.Request)).WouldBe);
        await EnforceAndEndAsync(door, client, server);
    }

    private static DoorPlan Transparent(Origin origin) => new() { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}", Mode = Mode.Shadow };

    private static async Task EnforceAndEndAsync(ProxyDoor door, Peer client, Peer server)
    {
        var since = Stopwatch.GetTimestamp();
        door.Sandboxes.Change(ProxyDoor.SandboxId, new SandboxChange(Mode: Mode.Enforce), "test");
        await Task.WhenAll(client.HearOutAsync(), server.HearOutAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Soon);
        var told = await door.NextEventAsync(EventKind.Flow);
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged), (told.Ending, told.Reason));
    }
}
