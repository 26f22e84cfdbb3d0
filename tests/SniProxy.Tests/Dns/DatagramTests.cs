using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Dns;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Tests.Enforcement;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>Datagrams that are taken and sent many at a time stay those of whoever sent them.</summary>
public sealed class DatagramTests
{
    private const string AllowAll = "rules: [{allow: '**.example'}]";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // Both are there before anybody looks, so that one call takes them.
    [Fact]
    public async Task QuestionsThatComeTogetherHaveEachTheirOwnInterface()
    {
        await using var lab = await GatewayLab.CreateAsync();
        await using var door = new DnsDoor(AllowAll);
        using var interfaces = new IngressInterfaces(lab.Gateway);
        var socket = lab.Receive(lab.Gateway, GatewayLab.DnsPort);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.PacketInformation, true);
        var inside = lab.Datagram(lab.Sandbox, GatewayLab.GatewayIPv4, GatewayLab.DnsPort);
        var outside = lab.Datagram(lab.Outside, IPAddress.Parse("203.0.113.1"), GatewayLab.DnsPort);
        foreach (var client in new[] { inside, outside, inside, outside })
        {
            await client.SendAsync(Wire.Query("bad.test", DnsType.A), Cancellation);
        }

        using var stopping = new CancellationTokenSource();
        var running = new DnsUdpListener(socket, door.Handler, interfaces, new Underway(), NullLogger.Instance).RunAsync(stopping.Token);
        foreach (var client in new[] { inside, outside, inside, outside })
        {
            await client.ReceiveAsync(new byte[512], Cancellation).AsTask().WaitAsync(GatewayLab.Patience);
        }

        await stopping.CancelAsync();
        await running.WaitAsync(GatewayLab.Patience);
        Assert.Equal(
            [("10.77.0.2", "sb0"), ("203.0.113.9", "up0"), ("10.77.0.2", "sb0"), ("203.0.113.9", "up0")],
            door.Seen.Select(seen => (seen.Source.ToString(), seen.Ingress)));
    }

    // Nobody can be answered at port 0, which the kernel says of the reply and not of the question.
    [Fact]
    public async Task AReplyThatCannotBeSentKeepsNoneOfTheOthers()
    {
        using var server = Bound();
        using var forger = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var to = (IPEndPoint)(server.LocalEndPoint ?? throw new InvalidOperationException());
        await forger.SendToAsync(new byte[] { 0, 0, (byte)(to.Port >> 8), (byte)to.Port, 0, 12, 0, 0, 1, 2, 3, 4 }, new IPEndPoint(to.Address, 0), Cancellation);
        await client.ConnectAsync(to, Cancellation);
        await client.SendAsync("question"u8.ToArray(), Cancellation);

        var batch = new DatagramBatch(server.SafeHandle, NullLogger.Instance);
        Assert.Equal(2, batch.Receive());
        for (var i = 0; i < 2; i++)
        {
            "reply"u8.CopyTo(batch.Open(i, out _).Reply.Span);
            batch.Answer(i, 5);
        }

        batch.Send();
        var reply = new byte[16];
        Assert.Equal(5, await client.ReceiveAsync(reply, Cancellation).AsTask().WaitAsync(GatewayLab.Patience));
    }

    [Fact]
    public async Task WhatASocketCouldNotTakeIsKnown()
    {
        const int sent = 2_000;
        using var server = Bound();
        server.ReceiveBufferSize = 4_096;
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await client.ConnectAsync(server.LocalEndPoint ?? throw new InvalidOperationException(), Cancellation);
        Assert.Equal(0, DatagramKernel.DroppedBy(server));
        for (var i = 0; i < sent; i++)
        {
            await client.SendAsync(new byte[512], Cancellation);
        }

        Assert.InRange(DatagramKernel.DroppedBy(server), sent / 2, sent);
        server.Dispose();
        Assert.Equal(0, DatagramKernel.DroppedBy(server));
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
