using System.Collections.Immutable;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Tests.Proxy;

namespace SniProxy.Tests.Attacks;

/// <summary>What one rule or grant gives is spent by what it let pass, and lent to nothing else.</summary>
public sealed class BorrowedLimitTests
{
    // Labels are for people, and nothing keeps two rules from having the same one.
    [Fact]
    public async Task ARuleDoesNotLiftTheBudgetOfAnotherWithItsLabel()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync(
            $$"""
            rules:
              - { allow: ["http://good.example:{{origin.Port}}"], label: data, limits: { upload: 1KB/1h } }
              - { allow: ["http://other.example:{{origin.Port}}"], label: data, limits: { upload: 1GB/1h } }
            """);
        using var small = await door.ConnectAsync(Post("good.example", origin));
        using var smallServer = await origin.AcceptAsync();
        using var large = await door.ConnectAsync(Post("other.example", origin));
        using var largeServer = await origin.AcceptAsync();
        var heard = smallServer.HearOutAsync();
        await small.SendAsync(new byte[500_000]);
        await heard;
        var told = await door.NextEventAsync(EventKind.Flow);
        Assert.Equal((Ending.Revoked, Reason.BudgetExceeded, "good.example"), (told.Ending, told.Reason, told.Name));
    }

    // A grant for one connection, used by one; another connection was there before it, by a rule that is gone now.
    [Fact]
    public async Task AGrantThatIsUsedUpHoldsNoConnectionThatItNeverLetPass()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}");
        using var before = await door.ConnectAsync(Post("good.example", origin));
        using var beforeServer = await origin.AcceptAsync();
        await beforeServer.ReadHeadAsync();
        Assert.True(EntryReader.TryRead($"good.example:{origin.Port}", isAllow: true, out var entry, out _));
        door.Grants.Add(new GrantOrder { Sandbox = ProxyDoor.SandboxId, Lifecycle = door.Sandbox.Lifecycle, Entries = [entry], Ttl = TimeSpan.FromHours(1), MaxUses = 1 }, "test", isAdmin: false);
        using var granted = await door.ConnectAsync(Post("good.example", origin));
        using var grantedServer = await origin.AcceptAsync();
        await grantedServer.ReadHeadAsync();
        Assert.Equal(1, Assert.Single(door.Grants.All).Uses);
        door.Book.Publish(ImmutableDictionary<string, Policy>.Empty.Add("test", ProxyDoor.Compile("rules: []")), ImmutableDictionary<string, string>.Empty);
        await door.PassedAsync();
        Assert.Single(door.Flows.Open, flow => !flow.IsClosed);
        await beforeServer.HearOutAsync();
        await granted.SendAsync("x");
        Assert.Equal("x", await grantedServer.ReadTextAsync(1));
    }

    private static string Post(string name, Origin origin) =>
        $"POST http://{name}:{origin.Port}/ HTTP/1.1\r\nHost: {name}:{origin.Port}\r\nContent-Length: 1000000\r\n\r\n";
}
