namespace SniProxy.Core.Names;

/// <summary>
/// Shannon entropy of a label's letters: words that people choose repeat letters and stay under 4 bits, what carries encoded bytes does not.
/// </summary>
public static class LabelEntropy
{
    // c·log2(c) for every count that a label can hold.
    private static readonly double[] Terms = [0, .. Enumerable.Range(1, HostName.MaxLabelLength).Select(count => count * Math.Log2(count))];

    /// <summary>Bits a letter: 0 for one letter repeated, at most the logarithm of the label's length. Allocates nothing.</summary>
    /// <param name="label">One label of a <see cref="HostName"/>.</param>
    public static double Of(ReadOnlySpan<char> label)
    {
        Span<byte> counts = stackalloc byte[128];
        counts.Clear();
        foreach (var letter in label)
        {
            counts[letter & 0x7f]++;
        }

        var sum = 0.0;
        foreach (var count in counts)
        {
            sum += Terms[count];
        }

        return label.IsEmpty ? 0 : Math.Log2(label.Length) - (sum / label.Length);
    }
}
