using System.Net;
using System.Net.Sockets;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Callers;

/// <summary>One connection with a hello, and what came of it: the server's answer, an alert, or nothing.</summary>
public static class Attempt
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The first record that comes back; null for a close or a reset.</summary>
    public static async Task<TlsRecord?> OfAsync(Namespace sandbox, IPEndPoint destination, ReadOnlyMemory<byte> hello)
    {
        try
        {
            using var socket = await sandbox.ConnectAsync(destination);
            await socket.SendAllAsync(hello);
            return await TlsRecord.ReadAsync(socket, Patience);
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
