using System.Text;

namespace SniProxy.Events;

/// <summary>An event's id before it is text: see <see cref="EventIds"/>.</summary>
/// <param name="High">48 bits of Unix milliseconds and the first 16 random ones.</param>
/// <param name="Low">The other 64.</param>
/// <param name="Time">When it was made.</param>
internal readonly record struct DecisionId(ulong High, ulong Low, DateTimeOffset Time)
{
    /// <summary>Letters of an id.</summary>
    public const int Length = 26;

    // Bits of a letter, and letters that come from the lower half alone.
    private const int LetterBits = 5;
    private const int LowLetters = 12;

    private static ReadOnlySpan<byte> Letters => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"u8;

    /// <summary>Writes <see cref="Length"/> letters, in ASCII.</summary>
    public void Format(Span<byte> ascii)
    {
        var left = Length - LowLetters;
        Write(ascii[left..Length], Low);

        // One letter stands across the halves: four bits of the lower one, one of the upper.
        ascii[--left] = Letters[(int)((Low >> (LowLetters * LetterBits)) | ((High & 1) << (64 - (LowLetters * LetterBits))))];
        Write(ascii[..left], High >> 1);
    }

    public override string ToString()
    {
        Span<byte> ascii = stackalloc byte[Length];
        Format(ascii);
        return Encoding.ASCII.GetString(ascii);
    }

    private static void Write(Span<byte> ascii, ulong bits)
    {
        for (var i = ascii.Length - 1; i >= 0; i--)
        {
            ascii[i] = Letters[(int)(bits & 31)];
            bits >>= LetterBits;
        }
    }
}
