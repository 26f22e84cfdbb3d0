using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SniProxy.Events;

/// <summary>
/// Makes the ids of events: 48 bits of Unix milliseconds and 80 random bits as 26 letters of Crockford's base 32 (the ULID layout).
/// Ids of one process sort in the order they were made, also within a millisecond and when the clock is set back.
/// </summary>
internal sealed class EventIds(TimeProvider clock)
{
    // Random bytes are fetched for many ids at once.
    private const int RandomBytes = 10;

    private readonly Lock gate = new();
    private readonly byte[] random = new byte[100 * RandomBytes];
    private int usedRandom = int.MaxValue;
    private long lastMilliseconds;

    // Two halves rather than one UInt128: nothing that holds one of those is compiled ahead of time.
    private ulong high;
    private ulong low;

    public string Next() => NextId().ToString();

    /// <summary>The same as a value.</summary>
    public DecisionId NextId()
    {
        var time = clock.GetUtcNow();
        lock (gate)
        {
            var now = time.ToUnixTimeMilliseconds();
            if (now > lastMilliseconds)
            {
                lastMilliseconds = now;
                Begin(now);
            }
            else if (++low == 0)
            {
                high++;
            }

            return new DecisionId(high, low, time);
        }
    }

    private void Begin(long milliseconds)
    {
        if (usedRandom >= random.Length)
        {
            RandomNumberGenerator.Fill(random);
            usedRandom = 0;
        }

        var bytes = random.AsSpan(usedRandom, RandomBytes);
        usedRandom += RandomBytes;

        // The first random bit stays clear, so that counting up within a millisecond never runs into the next one.
        high = (ulong)milliseconds << 16 | (BinaryPrimitives.ReadUInt16BigEndian(bytes) & 0x7fffu);
        low = BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]);
    }
}
