using System.Security.Cryptography;

namespace SniProxy.Events;

/// <summary>
/// Makes the ids of events: 48 bits of Unix milliseconds and 80 random bits as 26 letters of Crockford's base 32 (the ULID layout).
/// Ids of one process sort in the order they were made, also within a millisecond and when the clock is set back.
/// </summary>
internal sealed class EventIds(TimeProvider clock)
{
    private const int Length = 26;
    private const string Letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int RandomBits = 80;

    private readonly Lock gate = new();
    private long lastMilliseconds;
    private UInt128 last;

    public string Next()
    {
        UInt128 id;
        lock (gate)
        {
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            last = now > lastMilliseconds ? Fresh(now) : last + 1;
            lastMilliseconds = Math.Max(now, lastMilliseconds);
            id = last;
        }

        return string.Create(Length, id, static (text, value) =>
        {
            for (var i = text.Length - 1; i >= 0; i--)
            {
                text[i] = Letters[(int)(value & 31)];
                value >>= 5;
            }
        });
    }

    private static UInt128 Fresh(long milliseconds)
    {
        Span<byte> random = stackalloc byte[RandomBits / 8];
        RandomNumberGenerator.Fill(random);

        // The first random bit stays clear, so that counting up within a millisecond never runs into the next one.
        random[0] &= 0x7f;
        UInt128 id = (ulong)milliseconds;
        foreach (var value in random)
        {
            id = id << 8 | value;
        }

        return id;
    }
}
