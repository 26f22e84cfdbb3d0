using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace SniProxy.Enforcement;

/// <summary>Finds ports on which a private appliance can listen at each of some addresses that are its own.</summary>
internal static class FreePorts
{
    // Below what Linux hands out by itself (32768 on), so that no outgoing connection takes one before it is bound.
    private const int First = 20_000;
    private const int Last = 29_999;
    private const int MaxAttempts = 100;

    /// <summary>A port for TCP, and another for TCP and UDP.</summary>
    /// <exception cref="CommandFailedException">None is free: something on this machine listens on every port.</exception>
    public static (ushort Listener, ushort Dns) Pick(IReadOnlyList<IPAddress> addresses)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, Last);
            if (addresses.All(address => IsFree(address, port) && IsFree(address, port + 1)))
            {
                return ((ushort)port, (ushort)(port + 1));
            }
        }

        throw new CommandFailedException($"no two ports of {First} to {Last} are free on {string.Join(" and ", addresses)}");
    }

    private static bool IsFree(IPAddress address, int port) =>
        CanBind(address, port, SocketType.Stream, ProtocolType.Tcp) && CanBind(address, port, SocketType.Dgram, ProtocolType.Udp);

    private static bool CanBind(IPAddress address, int port, SocketType type, ProtocolType protocol)
    {
        using var socket = new Socket(address.AddressFamily, type, protocol);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
