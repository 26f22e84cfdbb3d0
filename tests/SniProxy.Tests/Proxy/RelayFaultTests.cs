using System.Buffers;
using SniProxy.Core.Contract;
using SniProxy.Proxy.Connections;

namespace SniProxy.Tests.Proxy;

/// <summary>A gate that fails is a fault of ours: the flow ends by it, both sides hear of it, and nothing of it stays open.</summary>
public sealed class RelayFaultTests
{
    [Fact]
    public async Task AGateThatFailsOnTheServersBytesEndsTheFlow()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, failsOnClientBytes: false);
        using var client = await door.ConnectAsync(Hellos.For("good.example"));
        using var server = await origin.AcceptAsync();
        await server.SendAsync(Peer.Bytes("words"));

        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.True((await server.HearOutAsync()).WasReset);
        await AssertFaultAsync(door);
    }

    // The upstream may not even have heard of the connection: its handshake is finished by the first bytes sent to it.
    [Fact]
    public async Task AGateThatFailsOnTheClientsBytesEndsTheFlow()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, failsOnClientBytes: true);
        using var client = await door.ConnectAsync(Hellos.For("good.example"));

        Assert.True((await client.HearOutAsync()).WasReset);
        await AssertFaultAsync(door);
    }

    private static Task<ProxyDoor> OpenAsync(Origin origin, bool failsOnClientBytes) => ProxyDoor.AllowingAsync(
        $"good.example:{origin.Port}",
        new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}", Gate = new FailingGate(failsOnClientBytes) });

    private static async Task AssertFaultAsync(ProxyDoor door)
    {
        Assert.Equal(Ending.Fault, (await door.NextEventAsync()).Ending);
        await door.Flows.WaitUntilEmptyAsync(Peer.Patience);
        Assert.Equal(0, door.Flows.Count);
    }

    private sealed class FailingGate(bool failsOnClientBytes) : IRelayGate
    {
        public bool IsOpen => false;

        public GateAnswer OnClientBytes(in ReadOnlySequence<byte> unforwarded) =>
            failsOnClientBytes ? throw new NotSupportedException("This gate fails.") : GateAnswer.Forward(unforwarded.Length);

        public void Dispose()
        {
        }

        public bool OnServerBytes(ReadOnlySpan<byte> bytes) => throw new NotSupportedException("This gate fails.");
    }
}
