using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>The questions of one connection that are not answered yet, told apart by their ids.</summary>
/// <param name="clock">Measures how long the server has been silent.</param>
/// <param name="wait">Hears whether an answer is owed from now on, whenever the wait for one begins anew; under the lock of all this.</param>
internal sealed class OwedAnswers(TimeProvider clock, Action<bool> wait)
{
    // Random ids are found at once while most are free.
    private const int Most = ushort.MaxValue / 2;

    private readonly Lock gate = new();
    private readonly Dictionary<ushort, (ReadOnlyMemory<byte> Query, TaskCompletionSource<DnsResponse?> Answer)> owed = [];
    private long heardAt;
    private bool hasEnded;

    public bool HasEnded
    {
        get
        {
            lock (gate)
            {
                return hasEnded;
            }
        }
    }

    /// <summary>Writes a question with its two bytes of length; false when nobody will answer it here.</summary>
    public bool TryAsk(
        HostName name, DnsType type, [NotNullWhen(true)] out byte[]? frame, [NotNullWhen(true)] out Task<DnsResponse?>? answer)
    {
        frame = null;
        answer = null;
        lock (gate)
        {
            if (hasEnded || owed.Count >= Most)
            {
                return false;
            }

            var id = FreeId();
            var buffer = new byte[2 + UpstreamQuery.MaxLength];
            var length = UpstreamQuery.Write(buffer.AsSpan(2), id, name, type);
            BinaryPrimitives.WriteUInt16BigEndian(buffer, (ushort)length);
            frame = buffer[..(2 + length)];
            if (owed.Count == 0)
            {
                BeginWait(isOwed: true);
            }

            var source = new TaskCompletionSource<DnsResponse?>(TaskCreationOptions.RunContinuationsAsynchronously);
            owed.Add(id, (frame.AsMemory(2), source));
            answer = source.Task;
            return true;
        }
    }

    /// <summary>Gives a message to whoever asked for it; one that answers no question of this connection is passed over.</summary>
    public void Take(ReadOnlySpan<byte> message)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(message, out var id))
        {
            return;
        }

        lock (gate)
        {
            if (!owed.TryGetValue(id, out var question)
                || DnsResponseReader.Read(message, question.Query.Span, out var response) == DnsResponseStatus.Mismatched)
            {
                return;
            }

            owed.Remove(id);
            BeginWait(isOwed: owed.Count > 0);
            question.Answer.TrySetResult(response);
        }
    }

    /// <summary>An answer is owed, and nothing was heard for as long as this.</summary>
    public bool IsSilentFor(TimeSpan time)
    {
        lock (gate)
        {
            return owed.Count > 0 && clock.GetElapsedTime(heardAt) >= time;
        }
    }

    /// <summary>Tells everybody who waits that nothing comes; nobody can ask any more.</summary>
    public void End()
    {
        lock (gate)
        {
            hasEnded = true;
            foreach (var (_, answer) in owed.Values)
            {
                answer.TrySetResult(null);
            }

            owed.Clear();
        }
    }

    private void BeginWait(bool isOwed)
    {
        heardAt = clock.GetTimestamp();
        wait(isOwed);
    }

    private ushort FreeId()
    {
        ushort id;
        do
        {
            id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
        }
        while (owed.ContainsKey(id));
        return id;
    }
}
