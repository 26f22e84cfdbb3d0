using System.Buffers.Binary;
using System.Net.Sockets;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Servers;

/// <summary>
/// As much of a PostgreSQL server as a client needs to believe it is logged in (protocol 3.0: SSLRequest is declined, StartupMessage is
/// answered with AuthenticationOk and ReadyForQuery); after that it echoes.
/// </summary>
public static class Database
{
    public const int Port = 5432;

    private const int SslRequestCode = 80877103;
    private const int HeaderBytes = 8;

    private static readonly byte[] Welcome = [(byte)'R', 0, 0, 0, 8, 0, 0, 0, 0, (byte)'Z', 0, 0, 0, 5, (byte)'I'];

    public static byte[] SslRequest { get; } = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

    /// <summary>StartupMessage for protocol 3.0 with user "lab".</summary>
    public static byte[] Startup { get; } = [0, 0, 0, 18, 0, 3, 0, 0, .. "user\0lab\0\0"u8];

    public static async Task ServeAsync(TcpServer server, Socket socket, CancellationToken stop)
    {
        var header = new byte[HeaderBytes];
        while (await ReadExactlyAsync(server, socket, header, stop))
        {
            if (BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)) == SslRequestCode)
            {
                await socket.SendAllAsync("N"u8.ToArray(), stop);
                continue;
            }

            await ReadExactlyAsync(server, socket, new byte[BinaryPrimitives.ReadInt32BigEndian(header) - HeaderBytes], stop);
            await socket.SendAllAsync(Welcome, stop);
            await TcpServer.EchoAsync(server, socket, stop);
            return;
        }
    }

    private static async Task<bool> ReadExactlyAsync(TcpServer server, Socket socket, Memory<byte> buffer, CancellationToken stop)
    {
        while (!buffer.IsEmpty)
        {
            var count = await server.ReadAsync(socket, buffer, stop);
            if (count == 0)
            {
                return false;
            }

            buffer = buffer[count..];
        }

        return true;
    }
}
