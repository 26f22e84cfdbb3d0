using SniProxy.Core.Contract;
using SniProxy.Flows;

namespace SniProxy.Tests.Proxy;

/// <summary>A client that was refused may take its time to close; its flow is over when it was told.</summary>
public sealed class LingeringTests
{
    [Fact]
    public async Task ClientsThatWereRefusedAndStayCountAgainstNoLimitOfTheSandbox()
    {
        const int Clients = 20;
        await using var door = await ProxyDoor.AllowingAsync("good.example", new DoorPlan { Limits = new FlowLimits(100, Clients / 4, 1000) });
        var stay = new List<Peer>();
        for (var i = 0; i < Clients; i++)
        {
            stay.Add(await door.ConnectAsync("GET http://denied.example/ HTTP/1.1\r\nHost: denied.example\r\n\r\n"));
            var heard = await stay[i].HearOutAsync();
            Assert.StartsWith("HTTP/1.1 403 ", heard.Text, StringComparison.Ordinal);
            Assert.False(heard.WasReset);
        }

        for (var i = 0; i < Clients; i++)
        {
            Assert.Equal(Reason.Default, (await door.NextEventAsync()).Reason);
        }

        stay.ForEach(client => client.Dispose());
        await door.Flows.WaitUntilEmptyAsync(Peer.Patience);
        Assert.Equal(0, door.Flows.Count);
    }
}
