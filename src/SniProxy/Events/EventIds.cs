using System.Buffers.Binary;
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

    // Bits of a letter, and letters that come from the lower half alone.
    private const int LetterBits = 5;
    private const int LowLetters = 12;

    // Random bytes are fetched for many ids at once.
    private const int RandomBytes = 10;

    private readonly Lock gate = new();
    private readonly byte[] random = new byte[100 * RandomBytes];
    private int usedRandom = int.MaxValue;
    private long lastMilliseconds;

    // Two halves rather than one UInt128: nothing that holds one of those is compiled ahead of time.
    private ulong high;
    private ulong low;

    public string Next()
    {
        (ulong High, ulong Low) id;
        lock (gate)
        {
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            if (now > lastMilliseconds)
            {
                lastMilliseconds = now;
                Begin(now);
            }
            else if (++low == 0)
            {
                high++;
            }

            id = (high, low);
        }

        return string.Create(Length, id, static (text, value) =>
        {
            var bits = value.Low;
            var left = Length - LowLetters;
            Write(text[left..], bits);

            // One letter stands across the halves: four bits of the lower one, one of the upper.
            text[--left] = Letters[(int)((bits >> (LowLetters * LetterBits)) | ((value.High & 1) << (64 - (LowLetters * LetterBits))))];
            Write(text[..left], value.High >> 1);
        });
    }

    private static void Write(Span<char> text, ulong bits)
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Letters[(int)(bits & 31)];
            bits >>= LetterBits;
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
