using System.Net.Sockets;

namespace SniProxy.Tests.Proxy;

/// <summary>
/// The kernel stops reading at an urgent byte (tcp(7)), as FTP and telnet send it. Whoever takes that for all that is there waits for what has
/// come long since.
/// </summary>
[Trait("Set", "correctness")]
public sealed class UrgentByteTests
{
    // The byte and what follows it wait at the appliance when the reader makes room, so that no further packet calls for another look.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatFollowsOneArrives(bool isUpload)
    {
        await using var flow = await OpenFlow.StartAsync();
        var (sends, reads) = flow.Ends(isUpload);
        await RelayTests.FloodAsync(sends);
        var sending = SendAsync(sends);
        var heard = await reads.HearOutAsync();
        await sending;
        Assert.False(heard.WasReset);
        Assert.EndsWith("what follows", heard.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task NorInAConversation(bool isUpload)
    {
        await using var flow = await OpenFlow.StartAsync();
        var (sends, reads) = flow.Ends(isUpload);
        for (var i = 0; i < 200; i++)
        {
            await sends.SendAsync("before");
            await sends.Socket.SendAsync(new byte[] { (byte)'!' }, SocketFlags.OutOfBand);
            await sends.SendAsync("after\n");
            var line = string.Empty;
            while (!line.EndsWith('\n'))
            {
                line += await reads.ReadTextAsync(1);
            }

            Assert.Equal("beforeafter\n", line.Replace("!", string.Empty, StringComparison.Ordinal));
        }
    }

    private static async Task SendAsync(Peer from)
    {
        await from.Socket.SendAsync(new byte[] { 1 }, SocketFlags.OutOfBand);
        await from.SendAsync("what follows");
        from.Finish();
    }
}
