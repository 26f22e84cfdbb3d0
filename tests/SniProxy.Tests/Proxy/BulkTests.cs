using System.Security.Cryptography;
using SniProxy.Core.Contract;

namespace SniProxy.Tests.Proxy;

/// <summary>Fifty megabytes each way: what arrives is what was sent, to the byte, whoever ends its direction first.</summary>
[Trait("Set", "correctness")]
public sealed class BulkTests
{
    private const int Size = 50_000_000;

    // What the later one keeps back until it has heard the other's end.
    private const int Kept = 1_000_000;

    private static readonly byte[] Up = RandomNumberGenerator.GetBytes(Size);
    private static readonly byte[] Down = RandomNumberGenerator.GetBytes(Size);
    private static readonly string UpHash = HashOf(Up);
    private static readonly string DownHash = HashOf(Down);

    public static TheoryData<bool, bool, bool> Ways => new(
        from isTls in (bool[])[false, true]
        from clientEndsFirst in (bool[])[true, false]
        from isAtOnce in (bool[])[true, false]
        select (isTls, clientEndsFirst, isAtOnce));

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task BothDirectionsArriveWhole(bool isTls, bool clientEndsFirst, bool isAtOnce)
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync(
            isTls ? $"good.example:{origin.Port}" : $"tcp://127.0.0.1:{origin.Port}", new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}" });
        var first = isTls ? Hellos.For("good.example") : Peer.Bytes("SSH-2.0-x\r\n");
        using var client = await door.ConnectAsync(first);
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(first.Length);
        await server.SendAsync(Hellos.ServerHello());
        await client.ReadAsync(Hellos.ServerHello().Length);

        var (early, late) = clientEndsFirst ? (client, server) : (server, client);
        var (earlyBytes, lateBytes) = clientEndsFirst ? (Up, Down) : (Down, Up);
        var earlyHeard = HashToEndAsync(late);
        var lateHeard = HashToEndAsync(early);
        await Task.WhenAll(SendEarlyAsync(early, earlyBytes), SendLateAsync(late, lateBytes, earlyHeard, isAtOnce ? Size - Kept : 0));

        var (upHeard, downHeard) = clientEndsFirst ? (earlyHeard, lateHeard) : (lateHeard, earlyHeard);
        Assert.Equal(UpHash, await upHeard);
        Assert.Equal(DownHash, await downHeard);
        var told = await door.NextEventAsync();
        Assert.Equal(
            (Ending.Closed, (long)Size + first.Length, (long)Size + Hellos.ServerHello().Length), (told.Ending, told.BytesUp, told.BytesDown));
    }

    private static async Task SendEarlyAsync(Peer from, byte[] bytes)
    {
        await from.SendAsync(bytes);
        from.Finish();
    }

    private static async Task SendLateAsync(Peer from, byte[] bytes, Task otherHasEnded, int atOnce)
    {
        await from.SendAsync(bytes.AsMemory(0, atOnce));
        await otherHasEnded;
        await from.SendAsync(bytes.AsMemory(atOnce));
        from.Finish();
    }

    private static async Task<string> HashToEndAsync(Peer to)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        while (await to.ReceiveAsync(buffer) is > 0 and var count)
        {
            hash.AppendData(buffer.AsSpan(0, count));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string HashOf(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
