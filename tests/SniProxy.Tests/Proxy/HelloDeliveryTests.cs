namespace SniProxy.Tests.Proxy;

/// <summary>However the first message comes, the server gets exactly the client's bytes.</summary>
[Trait("Set", "correctness")]
public sealed class HelloDeliveryTests
{
    [Fact]
    public async Task AHelloByteByByteArrivesUnchanged()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin);
        using var client = await door.ConnectAsync();
        var hello = Hellos.For("good.example");
        foreach (var one in hello)
        {
            await client.SendAsync([one]);
        }

        using var server = await origin.AcceptAsync();
        Assert.Equal(hello, await server.ReadAsync(hello.Length));
        await AssertCarriesOnAsync(client, server);
    }

    // One call is one packet on loopback, whose packets are larger than any of these.
    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(40_000)]
    public async Task DataBehindAHelloArrivesWithIt(int bytes)
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin);
        byte[] sent = [.. Hellos.For("good.example"), .. ApplicationRecords(bytes)];
        using var client = await door.ConnectAsync(sent);
        using var server = await origin.AcceptAsync();
        Assert.Equal(sent, await server.ReadAsync(sent.Length));
        await AssertCarriesOnAsync(client, server);
    }

    [Fact]
    public async Task DataBehindTheLastByteOfASplitHelloArrivesWithIt()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin);
        var hello = Hellos.For("good.example");
        var data = ApplicationRecords(1_000);
        using var client = await door.ConnectAsync(hello[..^1]);
        while (!door.Flows.Open.Any())
        {
            await Task.Yield();
        }

        await client.SendAsync([hello[^1], .. data]);
        using var server = await origin.AcceptAsync();
        byte[] sent = [.. hello, .. data];
        Assert.Equal(sent, await server.ReadAsync(sent.Length));
        await AssertCarriesOnAsync(client, server);
    }

    // The server's answer opens the gate; what comes then is carried like anything else, and so are both ends.
    private static async Task AssertCarriesOnAsync(Peer client, Peer server)
    {
        await server.SendAsync(Hellos.ServerHello());
        Assert.Equal(Hellos.ServerHello(), await client.ReadAsync(Hellos.ServerHello().Length));
        await client.SendAsync("up");
        client.Finish();
        var up = await server.HearOutAsync();
        Assert.Equal(("up", false), (up.Text, up.WasReset));
        await server.SendAsync("down");
        server.Finish();
        var down = await client.HearOutAsync();
        Assert.Equal(("down", false), (down.Text, down.WasReset));
    }

    // RFC 8446 section 5.1: type 23, at most 2^14 bytes each.
    private static byte[] ApplicationRecords(int bytes) =>
        [.. new byte[bytes].Chunk(16_384).SelectMany(chunk => (byte[])[23, 3, 3, (byte)(chunk.Length >> 8), (byte)chunk.Length, .. chunk])];

    private static Task<ProxyDoor> OpenAsync(Origin origin) => ProxyDoor.AllowingAsync(
        $"good.example:{origin.Port}", new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}" });
}
