using SniProxy.Core.Contract;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Proxy;

/// <summary>The rule of a sequence: once something sensitive was read, nothing leaves but to hosts on the list, for a while.</summary>
public sealed class SequenceRuleTests
{
    [Fact]
    public async Task UploadsToOtherHostsAreRefusedForFiveMinutesAfterReading()
    {
        using var origin = new Origin();
        var clock = new ShiftedClock();
        await using var door = await ProxyDoor.OpenAsync(
            $$"""
            default: audit
            rules:
              - "good.example:{{origin.Port}}"
              - deny: any
                when: { signal: sensitive_read, within: 5m }
                reason: nothing leaves after reading
            """,
            new DoorPlan { Clock = clock });

        await AssertReachesAsync(door, origin, "other.example", Decision.Audit);
        Assert.NotNull(door.Sandboxes.GiveSignal(ProxyDoor.SandboxId, "sensitive_read", "test"));
        foreach (var passed in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromMinutes(4), TimeSpan.FromSeconds(50)])
        {
            clock.Advance(passed);
            await AssertRefusedAsync(door, origin, "other.example");
            await AssertReachesAsync(door, origin, "good.example", Decision.Allow);
        }

        clock.Advance(TimeSpan.FromSeconds(10));
        await AssertReachesAsync(door, origin, "other.example", Decision.Audit);
    }

    private static async Task AssertReachesAsync(ProxyDoor door, Origin origin, string host, Decision verdict)
    {
        using var client = await door.ConnectAsync(Upload(host, origin));
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        Assert.Equal("data", await server.ReadTextAsync(4));
        server.Reset();
        await client.HearOutAsync();
        Assert.Equal(verdict, (await door.NextEventAsync()).Verdict);
    }

    private static async Task AssertRefusedAsync(ProxyDoor door, Origin origin, string host)
    {
        using var client = await door.ConnectAsync(Upload(host, origin));
        var answer = (await client.HearOutAsync()).Text;
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("nothing leaves after reading", answer, StringComparison.Ordinal);
        Assert.False(origin.WasReached);
        Assert.Equal(Decision.Deny, (await door.NextEventAsync()).Verdict);
    }

    private static string Upload(string host, Origin origin) =>
        $"POST http://{host}:{origin.Port}/ HTTP/1.1\r\nHost: {host}:{origin.Port}\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndata";
}
