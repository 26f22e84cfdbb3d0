using System.Net.Sockets;
using System.Text;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Judgement;

/// <summary>Ports where the server speaks first: the client hears it without having said a word, and its own first bytes are judged all the same.</summary>
public sealed class ServerFirst(Lab lab)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly ApplianceSettings ByName = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules:
          - ssh://allowed.example
          - mysql://allowed.example
          - allowed.example:25
        """);

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task GreetingArrivesBeforeTheClientSpeaksAndTheTalkGoesOn(Door door, Family family)
    {
        await lab.ApplianceAsync(ByName, door);
        Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, family));
        await TalkAsync(family, 22, "SSH-2.0-lab\r\n", "SSH-2.0-client\r\n");
        await TalkAsync(family, 25, "220 lab ESMTP\r\n", "EHLO client.example\r\n");
        await TalkAsync(family, 3306, "\x4a\0\0\0\x0a8.0.0-lab\0", "\x20\0\0\x01\x85\xa6\xff\x01");
    }

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task WhatNamesAnotherHostIsCutOff(Door door, Family family)
    {
        await lab.ApplianceAsync(ByName, door);
        Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, family));
        await CutOffAsync(family, 25, "GET / HTTP/1.1\r\nHost: denied.example\r\n\r\n"u8.ToArray());
        await CutOffAsync(family, 25, Hello.For("denied.example"));
        await CutOffAsync(family, 22, "EHLO not.ssh\r\n"u8.ToArray());
    }

    private async Task TalkAsync(Family family, int port, string greeting, string answer)
    {
        using var client = await lab.Sandbox.ConnectAsync(Places.Allowed.At(family, port));
        Assert.Equal(greeting, await ReadAsync(client, greeting.Length));
        await client.SendAllAsync(Encoding.Latin1.GetBytes(answer), TestContext.Current.CancellationToken);
        Assert.Equal(answer, await ReadAsync(client, answer.Length));
    }

    private async Task CutOffAsync(Family family, int port, byte[] bytes)
    {
        using var client = await lab.Sandbox.ConnectAsync(Places.Allowed.At(family, port));
        Assert.NotEmpty(await ReadAsync(client, 1));
        await client.SendAllAsync(bytes, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<SocketException>(async () =>
        {
            var rest = await ReadAsync(client, 4096);
            Assert.DoesNotContain("denied.example", rest, StringComparison.Ordinal);
            throw new SocketException((int)SocketError.Success);
        });
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
    }

    // As many bytes as wanted, or fewer where the peer closed.
    private static async Task<string> ReadAsync(Socket socket, int wanted)
    {
        using var patience = new CancellationTokenSource(Patience);
        var buffer = new byte[wanted];
        var count = 0;
        while (count < wanted && await socket.ReceiveAsync(buffer.AsMemory(count), patience.Token) is > 0 and var read)
        {
            count += read;
        }

        return Encoding.Latin1.GetString(buffer, 0, count);
    }
}
