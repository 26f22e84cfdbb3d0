using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static SniProxy.Dns.DatagramKernel;

namespace SniProxy.Dns;

/// <summary>
/// Datagrams that are received by one call, and replies that are sent by one: a system call costs as much as all else that becomes of a question.
/// For one thread, but for what follows a late reply.
/// </summary>
internal sealed unsafe class DatagramBatch
{
    // The reply to the first waits until the last has its own: so many take well under a millisecond.
    private const int Most = 32;

    // Datagrams whose replies were late, to be filled again: memory that does not move is not for being thrown away.
    private const int MostSpare = 64;

    private readonly SafeSocketHandle socket;
    private readonly ILogger logger;
    private readonly Stack<Datagram> spare = [];
    private readonly Datagram[] datagrams = [.. Enumerable.Range(0, Most).Select(_ => new Datagram())];

    // What is received, then what is sent.
    private readonly MessageHead[] heads = GC.AllocateArray<MessageHead>(2 * Most, pinned: true);
    private int unprepared = Most;
    private int replies;

    public DatagramBatch(SafeSocketHandle socket, ILogger logger)
    {
        this.socket = socket;
        this.logger = logger;
    }

    private MessageHead* Heads => (MessageHead*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(heads));

    /// <summary>Waits for questions and answers how many came, or a negative error number.</summary>
    public int Receive()
    {
        for (var i = 0; i < unprepared; i++)
        {
            datagrams[i].PrepareToReceive(Heads + i);
        }

        var count = DatagramKernel.Receive(socket, Heads, Most);
        unprepared = Math.Max(count, 0);
        return count;
    }

    /// <summary>One of those that came, and its question.</summary>
    public Datagram Open(int index, out ReadOnlyMemory<byte> question)
    {
        question = datagrams[index].Received(Heads + index);
        return datagrams[index];
    }

    /// <summary>Its reply is written, and is sent with the others.</summary>
    public void Answer(int index, int length) => datagrams[index].PrepareToSend(Heads + Most + replies++, length);

    /// <summary>Its reply will be late: it goes on by itself, and another one takes its place.</summary>
    public void GiveAway(int index)
    {
        lock (spare)
        {
            datagrams[index] = spare.TryPop(out var other) ? other : new Datagram();
        }
    }

    /// <summary>A late reply is sent, or is none; by whichever thread.</summary>
    public void TakeBack(Datagram datagram)
    {
        lock (spare)
        {
            if (spare.Count < MostSpare)
            {
                spare.Push(datagram);
            }
        }
    }

    /// <summary>Sends the replies that are written. One that cannot be sent keeps none of the others.</summary>
    public void Send()
    {
        for (var done = 0; done < replies;)
        {
            var sent = DatagramKernel.Send(socket, Heads + Most + done, replies - done);
            if (sent <= 0)
            {
                DnsLog.ReplyNotSent(logger, -sent);
            }

            done += Math.Max(sent, 1);
        }

        replies = 0;
    }

    /// <summary>Sends a reply that was late; 0, or a negative error number.</summary>
    public static int SendLate(SafeSocketHandle socket, Datagram datagram, int length)
    {
        MessageHead head;
        datagram.PrepareToSend(&head, length);
        return Math.Min(DatagramKernel.Send(socket, &head, 1), 0);
    }
}
