using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Callers;

/// <summary>One DNS question for an A record, as bytes (RFC 1035 §4), so that a test sees the answer and not what a library made of it.</summary>
public static class Question
{
    public const int NoError = 0;
    public const int NameError = 3;

    private const int Port = 53;
    private const int HeaderBytes = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static int ResponseCodeOf(byte[] answer) => answer.Length < HeaderBytes ? -1 : answer[3] & 15;

    public static async Task<byte[]> AskAsync(Namespace sandbox, IPAddress server, string name, bool tcp, ushort type = 1, TimeSpan? within = null)
    {
        var question = Write(name, type);
        if (tcp)
        {
            using var stream = await sandbox.ConnectAsync(new IPEndPoint(server, Port));
            await stream.SendAllAsync((byte[])[(byte)(question.Length >> 8), (byte)question.Length, .. question]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(await stream.ReceiveAsync(2, Patience));
            return await stream.ReceiveAsync(length, Patience);
        }

        using var deadline = new CancellationTokenSource(within ?? Patience);
        using var socket = sandbox.CreateSocket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(new IPEndPoint(server, Port), deadline.Token);
        await socket.SendAsync(question, deadline.Token);
        var answer = new byte[4096];
        return answer[..await socket.ReceiveAsync(answer, deadline.Token)];
    }

    public static byte[] Write(string name, ushort type)
    {
        var bytes = new List<byte> { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in name.Split('.'))
        {
            bytes.Add((byte)label.Length);
            bytes.AddRange(Encoding.ASCII.GetBytes(label));
        }

        bytes.AddRange([0, (byte)(type >> 8), (byte)type, 0, 1]);
        return [.. bytes];
    }
}
