using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>
/// One question to one name server. Each has a random id and a socket of its own, connected, so that the kernel picks a fresh port and
/// drops what comes from anybody else (RFC 5452 section 9.2); what comes all the same and does not answer the question is passed over.
/// </summary>
internal static class Exchange
{
    // Above our own EDNS size: some servers do not keep to it.
    private const int UdpBufferSize = 4096;

    // A forger needs about 2^16 tries for the id alone; whoever sends this many is not worth listening to.
    private const int MaxMismatches = 64;

    /// <summary>Returns the response, or null where the server cannot be reached or what it says cannot be read.</summary>
    public static async Task<DnsResponse?> AskAsync(IPEndPoint server, HostName name, DnsType type, ILogger logger, CancellationToken cancellation)
    {
        var query = new byte[UpstreamQuery.MaxLength];
        var length = UpstreamQuery.Write(query, RandomId(), name, type);
        try
        {
            var (status, response) = await AskOverUdpAsync(server, query.AsMemory(0, length), logger, cancellation);
            if (status == DnsResponseStatus.Truncated)
            {
                (status, response) = await AskOverTcpAsync(server, query.AsMemory(0, length), cancellation);
            }

            return status == DnsResponseStatus.Complete ? response : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static ushort RandomId()
    {
        Span<byte> bytes = stackalloc byte[2];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    private static async Task<(DnsResponseStatus Status, DnsResponse? Response)> AskOverUdpAsync(
        IPEndPoint server, ReadOnlyMemory<byte> query, ILogger logger, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        await socket.SendAsync(query, SocketFlags.None, cancellation);
        var buffer = ArrayPool<byte>.Shared.Rent(UdpBufferSize);
        try
        {
            for (var mismatches = 0; mismatches < MaxMismatches; mismatches++)
            {
                var length = await socket.ReceiveAsync(buffer.AsMemory(0, UdpBufferSize), SocketFlags.None, cancellation);
                var status = DnsResponseReader.Read(buffer.AsSpan(0, length), query.Span, out var response);
                if (status != DnsResponseStatus.Mismatched)
                {
                    return (status, response);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        ResolutionLog.Mismatched(logger, server, MaxMismatches);
        return (DnsResponseStatus.Malformed, null);
    }

    // RFC 7766 section 8: two bytes of length before each message.
    private static async Task<(DnsResponseStatus Status, DnsResponse? Response)> AskOverTcpAsync(
        IPEndPoint server, ReadOnlyMemory<byte> query, CancellationToken cancellation)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancellation);
        var framed = new byte[2 + query.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)query.Length);
        query.CopyTo(framed.AsMemory(2));
        if (await socket.SendAsync(framed, SocketFlags.None, cancellation) != framed.Length)
        {
            return (DnsResponseStatus.Malformed, null);
        }

        var buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            if (!await FillAsync(socket, buffer.AsMemory(0, 2), cancellation))
            {
                return (DnsResponseStatus.Malformed, null);
            }

            var message = buffer.AsMemory(0, BinaryPrimitives.ReadUInt16BigEndian(buffer));
            if (!await FillAsync(socket, message, cancellation))
            {
                return (DnsResponseStatus.Malformed, null);
            }

            return (DnsResponseReader.Read(message.Span, query.Span, out var response), response);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<bool> FillAsync(Socket socket, Memory<byte> into, CancellationToken cancellation)
    {
        while (!into.IsEmpty)
        {
            var count = await socket.ReceiveAsync(into, SocketFlags.None, cancellation);
            if (count == 0)
            {
                return false;
            }

            into = into[count..];
        }

        return true;
    }
}
