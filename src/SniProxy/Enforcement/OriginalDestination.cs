using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Addresses;

namespace SniProxy.Enforcement;

/// <summary>
/// Where a client meant to go, asked of the kernel. After REDIRECT the connection tracker remembers it; under TPROXY nothing was
/// rewritten and the accepted socket's local endpoint is the answer.
/// </summary>
internal static class OriginalDestination
{
    // linux/in.h and linux/in6.h: levels of the socket options below.
    private const int LevelIPv4 = 0;
    private const int LevelIPv6 = 41;

    // linux/netfilter_ipv4.h SO_ORIGINAL_DST and linux/netfilter_ipv6/ip6_tables.h IP6T_SO_ORIGINAL_DST share this number.
    private const int OriginalDestinationOption = 80;
    private const int IPv4SocketAddressLength = 16;
    private const int IPv6SocketAddressLength = 28;

    // linux/in.h IP_TRANSPARENT, linux/in6.h IPV6_TRANSPARENT.
    private const int TransparentIPv4 = 19;
    private const int TransparentIPv6 = 75;

    /// <summary>
    /// The destination of an accepted connection before the kernel redirected it. False where it was not redirected: the kernel then
    /// answers with the listener's own endpoint, or with nothing because no tracker knows the connection.
    /// </summary>
    public static bool TryGetRedirected(Socket accepted, out Endpoint destination)
    {
        destination = default;
        try
        {
            return accepted is { LocalEndPoint: IPEndPoint local, RemoteEndPoint: IPEndPoint client }
                && TryRead((int)accepted.Handle, Endpoint.From(client).Address.IsIPv4, out destination)
                && destination != Endpoint.From(local);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>What the kernel answers for a descriptor: the listener's own endpoint where the connection was not redirected.</summary>
    /// <param name="accepted">The accepted connection.</param>
    /// <param name="isIPv4">The family of its packets decides, not that of the socket: a dual-stack listener answers each only under its own level.</param>
    /// <param name="answer">Where the client meant to go.</param>
    public static bool TryRead(int accepted, bool isIPv4, out Endpoint answer)
    {
        Span<byte> address = stackalloc byte[IPv6SocketAddressLength];
        var isKnown = isIPv4
            ? SocketOption.Read(accepted, LevelIPv4, OriginalDestinationOption, address[..IPv4SocketAddressLength]) == IPv4SocketAddressLength
            : SocketOption.Read(accepted, LevelIPv6, OriginalDestinationOption, address) == IPv6SocketAddressLength;
        answer = isKnown
            ? new Endpoint(Address.FromBytes(isIPv4 ? address[4..8] : address[8..24]), BinaryPrimitives.ReadUInt16BigEndian(address[2..4]))
            : default;
        return isKnown;
    }

    /// <summary>
    /// Lets a socket that is not yet bound take connections for any address (TPROXY) or send from one. On a dual-stack socket the one
    /// option serves both families. Throws <see cref="SocketException"/> (access denied) without CAP_NET_RAW or CAP_NET_ADMIN.
    /// </summary>
    public static void SetTransparent(Socket socket)
    {
        Span<byte> on = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(on, 1);
        if (socket.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetRawSocketOption(LevelIPv6, TransparentIPv6, on);
            return;
        }

        socket.SetRawSocketOption(LevelIPv4, TransparentIPv4, on);
    }

    /// <summary>Whether this kernel answers the question at all: it knows nothing about a fresh socket, but knows the option.</summary>
    public static bool IsSupported()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Span<byte> address = stackalloc byte[IPv4SocketAddressLength];
            socket.GetRawSocketOption(LevelIPv4, OriginalDestinationOption, address);
            return true;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode != SocketError.ProtocolOption;
        }
    }
}
