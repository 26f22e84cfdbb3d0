using System.Diagnostics;
using SniProxy.Core.Contract;

namespace SniProxy.Proxy.Loops;

/// <summary>The attempts of one loop in the order in which they will be late, which is that of their beginning: all may take the same time.</summary>
internal sealed class LoopAttempts(Loop loop)
{
    // As many connections as wait for their upstream at a time on a busy loop.
    private const int MostSpare = 256;

    private readonly Stack<LoopAttempt> spare = [];
    private LoopAttempt? first;
    private LoopAttempt? last;

    /// <summary>Begins to connect. Null where it has failed at once.</summary>
    public LoopAttempt? Begin(LoopConnection connection, Endpoint to, TimeSpan timeout)
    {
        var descriptor = Kernel.OpenSocket(to.Address.IsIPv4 ? Kernel.FamilyIPv4 : Kernel.FamilyIPv6);
        if (descriptor < 0)
        {
            return null;
        }

        Kernel.SendAtOnce(descriptor);

        // The client's first bytes follow at once.
        Kernel.AcknowledgeWithAnswer(descriptor);
        var socket = new LoopSocket(loop, descriptor);
        Span<byte> name = stackalloc byte[Kernel.SocketAddressBytes];
        name.Clear();
        var answer = Kernel.Connect(descriptor, name[..SocketName.Write(to, name)]);
        if ((answer < 0 && answer != Kernel.InProgress) || !loop.TryWatch(socket))
        {
            socket.Dispose();
            return null;
        }

        var attempt = spare.TryPop(out var idle) ? idle : new LoopAttempt(this);
        attempt.Begin(connection, socket, to, timeout);
        attempt.Earlier = last;
        _ = last is null ? first = attempt : last.Later = attempt;
        last = attempt;
        return attempt;
    }

    /// <summary>Takes one back whose result was taken, by the loop.</summary>
    public void Keep(LoopAttempt attempt)
    {
        if (spare.Count < MostSpare)
        {
            spare.Push(attempt);
        }
    }

    public void Remove(LoopAttempt attempt)
    {
        _ = attempt.Earlier is null ? first = attempt.Later : attempt.Earlier.Later = attempt.Later;
        _ = attempt.Later is null ? last = attempt.Earlier : attempt.Later.Earlier = attempt.Earlier;
        (attempt.Earlier, attempt.Later) = (null, null);
    }

    /// <summary>Ends those of a connection: its flow was closed.</summary>
    public void EndOf(LoopConnection connection)
    {
        for (var attempt = first; attempt is not null;)
        {
            if (attempt.Connection != connection)
            {
                attempt = attempt.Later;
                continue;
            }

            // Whoever awaited it goes on within this call, and may end others: the list is read anew.
            attempt.Fail(Reason.UpstreamTimeout);
            attempt = first;
        }
    }

    public void EndLate()
    {
        while (first is { } attempt && attempt.Due <= Stopwatch.GetTimestamp())
        {
            attempt.Fail(Reason.UpstreamTimeout);
        }
    }

    /// <summary>For how long the loop may sleep; -1 for ever.</summary>
    public long TicksUntilDue() => first is null ? -1 : Math.Max(0, first.Due - Stopwatch.GetTimestamp());
}
