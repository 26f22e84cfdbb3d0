using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Callers;

/// <summary>Everything that is not TCP.</summary>
public static class Datagrams
{
    public const int Icmp = 1;
    public const int Gre = 47;
    public const int IcmpV6 = 58;
    public const int Sctp = 132;

    private const string RawSender = """
        import socket, sys
        address, protocol = sys.argv[1], int(sys.argv[2])
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        s = socket.socket(family, socket.SOCK_RAW, protocol)
        s.sendto(bytes([8 if family == socket.AF_INET else 128]) + bytes(39), (address, 0))
        """;

    /// <summary>One raw packet of the IP protocol; what becomes of it only a counter can tell.</summary>
    public static async Task SendRawAsync(Namespace sandbox, IPAddress destination, int protocol) =>
        (await sandbox.RunAsync("python3", "-c", RawSender, destination.ToString(), $"{protocol}")).MustSucceed();

    public static async Task SendUdpAsync(Namespace sandbox, IPEndPoint destination, int bytes = 40)
    {
        using var socket = sandbox.CreateSocket(destination.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.SendToAsync(new byte[bytes], destination);
    }

    /// <summary>How soon the sender of a datagram learns that it was refused (ICMP port unreachable); null when it does not within the time.</summary>
    public static async Task<TimeSpan?> RefusedAfterAsync(Namespace sandbox, IPEndPoint destination, TimeSpan within)
    {
        using var socket = sandbox.CreateSocket(destination.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        using var deadline = new CancellationTokenSource(within);
        await socket.ConnectAsync(destination, deadline.Token);
        var watch = Stopwatch.StartNew();
        try
        {
            await socket.SendAsync(new byte[1200], deadline.Token);
            await socket.ReceiveAsync(new byte[16], deadline.Token);
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return watch.Elapsed;
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        return null;
    }
}
