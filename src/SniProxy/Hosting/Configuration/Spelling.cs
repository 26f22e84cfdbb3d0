namespace SniProxy.Hosting.Configuration;

/// <summary>Which known word a misspelt one was meant to be.</summary>
internal static class Spelling
{
    private const int MaxDistance = 3;

    /// <summary>The nearest of the known words, or null where none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> known) =>
        known.Where(one => IsNear(word, one)).MinBy(one => Distance(one, word));

    /// <summary>A few letters apart, and more alike than not.</summary>
    public static bool IsNear(string word, string known) =>
        Distance(known, word) is var distance && distance <= MaxDistance && distance < known.Length;

    // Levenshtein's distance.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var (diagonal, _) = (row[0], row[0] = i);
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                var cost = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + cost);
                diagonal = above;
            }
        }

        return row[^1];
    }
}
