using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SniProxy.Lab.Ground;

/// <summary>
/// Every packet that a namespace's interfaces see while this lives, as tcpdump would (packet(7)): what is not in here did not arrive.
/// </summary>
public sealed class Capture : IAsyncDisposable
{
    private const int EthernetHeader = 14;
    private const int AllProtocols = 3; // ETH_P_ALL
    private const int Tcp = 6;
    private const int Udp = 17;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Packet> _packets = new();
    private readonly Task _reading;

    public Capture(Namespace where)
    {
        _socket = where.CreateSocket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)IPAddress.HostToNetworkOrder((short)AllProtocols));
        _socket.ReceiveBufferSize = 8 * 1024 * 1024;
        _reading = ReadAsync();
    }

    /// <summary>A datagram or segment that was on its way to a port, and the bytes it carried.</summary>
    public sealed record Packet(bool IsTcp, int SourcePort, int Port, byte[] Payload)
    {
        public bool Holds(ReadOnlySpan<byte> text) => Payload.AsSpan().IndexOf(text) >= 0;
    }

    public IReadOnlyList<Packet> Packets => [.. _packets];

    /// <summary>Waits until a packet with the text is there: what was sent before it is there too.</summary>
    public Task UntilSeenAsync(byte[] text) => Waiting.UntilAsync(
        () => _packets.Any(packet => packet.Holds(text)), Patience, () => $"{Convert.ToHexString(text)} is in none of {_packets.Count} packets");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Dispose();
        await _reading;
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[65_536];
        try
        {
            while (true)
            {
                var length = await _socket.ReceiveAsync(buffer, _stop.Token);
                if (Read(buffer.AsSpan(0, length)) is { } packet)
                {
                    _packets.Enqueue(packet);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    // IPv6 extension headers, which nobody here sends, would be taken for another protocol.
    private static Packet? Read(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetHeader + 40)
        {
            return null;
        }

        var network = frame[EthernetHeader..];
        var (protocol, header) = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) switch
        {
            0x0800 => (network[9], (network[0] & 15) * 4),
            0x86dd => (network[6], 40),
            _ => ((byte)0, 0),
        };
        if (protocol is not (Tcp or Udp) || network.Length < header + 20 - (protocol == Udp ? 12 : 0))
        {
            return null;
        }

        var transport = network[header..];
        var payload = transport[(protocol == Udp ? 8 : (transport[12] >> 4) * 4)..];
        return new Packet(
            protocol == Tcp, BinaryPrimitives.ReadUInt16BigEndian(transport), BinaryPrimitives.ReadUInt16BigEndian(transport[2..]), payload.ToArray());
    }
}
