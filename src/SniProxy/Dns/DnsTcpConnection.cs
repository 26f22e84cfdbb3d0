using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using SniProxy.Core.Dns;

namespace SniProxy.Dns;

/// <summary>
/// One connection of questions: each behind two bytes of length, which need not come together (RFC 7766 section 8), answered side by side
/// and in the order in which the answers are there (section 7). Who asks nothing for the idle time, or does not read, is closed.
/// </summary>
internal sealed class DnsTcpConnection(Socket socket, DnsRequest origin, DnsQueryHandler handler, TimeSpan idleTimeout, ILogger logger) : IDisposable
{
    // A question that is longer is none.
    private const int MaxQueryLength = 4096;
    private const int LengthSize = 2;

    // Questions of one connection under way at once; the next one is not read before.
    private const int MaxPipelined = 32;

    // Over UDP the kernel drops most of a flood; here whoever is refused waits before as many more are read.
    private static readonly TimeSpan RefusedPause = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim places = new(MaxPipelined);
    private readonly SemaphoreSlim writing = new(1);

    /// <summary>Returns when the client has closed and all it asked is answered; throws when it must be closed.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            while (await TryBeginAsync(broken))
            {
            }
        }
        catch
        {
            await broken.CancelAsync();
            throw;
        }
        finally
        {
            // Each answer gives its place back, whatever becomes of it.
            for (var i = 0; i < MaxPipelined; i++)
            {
                await places.WaitAsync(CancellationToken.None);
            }
        }
    }

    public void Dispose()
    {
        places.Dispose();
        writing.Dispose();
    }

    // False when no question follows.
    private async Task<bool> TryBeginAsync(CancellationTokenSource broken)
    {
        await places.WaitAsync(broken.Token);
        byte[]? query = null;
        try
        {
            query = await ReadAsync(broken.Token);
        }
        finally
        {
            if (query is null)
            {
                places.Release();
            }
        }

        // Not awaited here: it keeps its place until it is done, and RunAsync waits for all places.
        _ = query is null ? Task.CompletedTask : AnswerAsync(query, broken);
        return query is not null;
    }

    // Null at the end of the stream, and where no question can come of what follows.
    private async Task<byte[]?> ReadAsync(CancellationToken cancellation)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        idle.CancelAfter(idleTimeout);
        var head = new byte[LengthSize];
        if (!await FillAsync(head, idle.Token))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(head);
        if (length is 0 or > MaxQueryLength)
        {
            return null;
        }

        var query = new byte[length];
        return await FillAsync(query, idle.Token) ? query : null;
    }

    private async Task<bool> FillAsync(Memory<byte> into, CancellationToken cancellation)
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

    private async Task AnswerAsync(byte[] query, CancellationTokenSource broken)
    {
        try
        {
            var reply = await ReplyToAsync(query, broken.Token);
            await WriteAsync(reply, broken.Token);
            if (IsRefusal(reply))
            {
                await Pause.ForAsync(RefusedPause, broken.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await broken.CancelAsync();
        }
        catch (Exception exception)
        {
            DnsLog.AnswerFailed(logger, exception);
            await broken.CancelAsync();
        }
        finally
        {
            places.Release();
        }
    }

    // With its length before it, or empty. Not in the room for the longest one: a client that does not read lets replies wait.
    private async ValueTask<byte[]> ReplyToAsync(byte[] query, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LengthSize + ushort.MaxValue);
        try
        {
            var length = await handler.AnswerAsync(origin with { Message = query }, buffer.AsMemory(LengthSize, ushort.MaxValue), cancellation);
            BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)length);
            return length > 0 ? buffer[..(LengthSize + length)] : [];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsRefusal(byte[] reply) =>
        reply.Length > 0 && DnsHeader.TryRead(reply.AsSpan(LengthSize), out var header) && header.Rcode == (int)DnsRcode.Refused;

    private async Task WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        await writing.WaitAsync(cancellation);
        try
        {
            using var slow = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            slow.CancelAfter(idleTimeout);
            while (!message.IsEmpty)
            {
                message = message[await socket.SendAsync(message, SocketFlags.None, slow.Token)..];
            }
        }
        finally
        {
            writing.Release();
        }
    }
}
