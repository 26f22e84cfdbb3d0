using SniProxy.Core.Contract;

namespace SniProxy.Tests.Proxy;

/// <summary>Data in the names that a client claims: the appliance would ask for them itself, so they count like those that it asks our DNS for.</summary>
public sealed class TunnellingNamesTests
{
    [Theory]
    [InlineData("**.wild.example", Reason.Tunnelling)]
    [InlineData("any", Reason.Tunnelling)]
    public async Task TooManyUnderOneSuffixAreDeniedBeforeTheyAreAskedFor(string entry, Reason last)
    {
        await using var door = await ProxyDoor.AllowingAsync(entry);
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(Reason.UpstreamUnresolvable, await AskAsync(door, $"{i}.abcdefghijklmnopqrstuvwxyz.wild.example"));
        }

        Assert.Equal(last, await AskAsync(door, "30.abcdefghijklmnopqrstuvwxyz.wild.example"));
        Assert.Equal(last, await AskAsync(door, "www.wild.example"));
    }

    private static async Task<Reason> AskAsync(ProxyDoor door, string host)
    {
        using var client = await door.ConnectAsync($"GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        await client.HearOutAsync();
        return (await door.NextEventAsync()).Reason;
    }
}
