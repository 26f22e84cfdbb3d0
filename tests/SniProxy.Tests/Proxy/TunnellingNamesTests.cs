using SniProxy.Core.Contract;

namespace SniProxy.Tests.Proxy;

/// <summary>Data in the names that a client claims: the appliance would ask for them itself, so they count like those that it asks our DNS for.</summary>
public sealed class TunnellingNamesTests
{
    // Each is odd, and that it does not exist counts as well.
    [Theory]
    [InlineData("**.wild.example", Reason.Tunnelling)]
    [InlineData("any", Reason.Tunnelling)]
    public async Task TooManyUnderOneSuffixAreDeniedBeforeTheyAreAskedFor(string entry, Reason last)
    {
        await using var door = await ProxyDoor.AllowingAsync(entry);
        for (var i = 0; i < 27; i++)
        {
            Assert.Equal(Reason.UpstreamUnresolvable, await AskAsync(door, $"{i}.abcdefghijklmnopqrstuvwxyz.wild.example"));
        }

        Assert.Equal(last, await AskAsync(door, "27.abcdefghijklmnopqrstuvwxyz.wild.example"));
        Assert.Equal(last, await AskAsync(door, "www.wild.example"));
    }

    [Theory]
    [InlineData(Mode.Enforce)]
    [InlineData(Mode.Shadow)]
    [InlineData(Mode.Observe)]
    public async Task AreToldThenDeniedOrToldThatTheyWouldBe(Mode mode)
    {
        using var origin = new Origin();
        var names = Enumerable.Range(0, 31).Select(i => $"{i}.abcdefghijklmnopqrstuvwxyz.wild.example").ToList();
        var plan = new DoorPlan { Mode = mode, Zone = [.. names.Select(name => (name, "127.0.0.1"))] };
        await using var door = await ProxyDoor.AllowingAsync($"http://**.wild.example:{origin.Port}", plan);
        var told = new List<FlowEvent>();
        foreach (var name in names)
        {
            using var client = await door.ConnectAsync($"GET http://{name}:{origin.Port}/ HTTP/1.1\r\nHost: {name}:{origin.Port}\r\nConnection: close\r\n\r\n");
            if (told.Count < 30 || mode != Mode.Enforce)
            {
                using var server = await origin.AcceptAsync();
                await server.ReadHeadAsync();
                await server.SendAsync("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
                server.Finish();
                client.Finish();
            }

            await client.HearOutAsync();
            told.Add(await door.NextEventAsync());
        }

        Assert.All(told[..10], one => Assert.Equal((Decision.Allow, Reason.Rule), (one.Verdict, one.Reason)));
        Assert.All(told[10..30], one => Assert.Equal((Decision.Allow, Reason.Tunnelling, "1"), (one.Verdict, one.Reason, one.Rule)));
        Assert.Contains("under wild.example 30 names in ten minutes", told[29].Message, StringComparison.Ordinal);
        var expected = mode == Mode.Enforce ? (Decision.Deny, Reason.Tunnelling, (Decision?)null) : (Decision.Audit, Reason.Tunnelling, Decision.Deny);
        Assert.Equal(expected, (told[30].Verdict, told[30].Reason, told[30].WouldBe));
        Assert.StartsWith(mode == Mode.Enforce ? "denied: tunnelling: a tunnel" : $"[{mode.Identifier()}] would deny: a tunnel", told[30].Message, StringComparison.Ordinal);
    }

    private static async Task<Reason> AskAsync(ProxyDoor door, string host)
    {
        using var client = await door.ConnectAsync($"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        await client.HearOutAsync();
        return (await door.NextEventAsync()).Reason;
    }
}
