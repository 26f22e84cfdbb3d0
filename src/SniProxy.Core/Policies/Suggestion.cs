namespace SniProxy.Core.Policies;

/// <summary>Finds what was probably meant by a misspelt word.</summary>
public static class Suggestion
{
    /// <summary>"did you mean X?" where one word is near, else the list of all words.</summary>
    public static string For(string text, IEnumerable<string> words, Func<string, string>? spell = null)
    {
        spell ??= word => word;
        var all = words.ToArray();
        return Near(text, all) is { } near ? $"did you mean \"{spell(near)}\"?" : $"write one of {string.Join(", ", all.Select(spell))}";
    }

    /// <summary>The nearest of the words that are near, or null: a letter or two apart, and of long words a third.</summary>
    public static string? Near(string text, IEnumerable<string> words) => words
        .Select(word => (Word: word, Distance: Distance(text.ToLowerInvariant(), word.ToLowerInvariant())))
        .Where(one => one.Distance <= Math.Max(1, one.Word.Length / 3))
        .OrderBy(one => one.Distance)
        .Select(one => one.Word)
        .FirstOrDefault();

    /// <summary>The one word of all that is nearest, however far that is; one that goes on where the text ends is nearer than any other.</summary>
    public static string Nearest(string text, IEnumerable<string> words) => words
        .OrderBy(word => word.StartsWith(text, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(text.ToLowerInvariant(), word.ToLowerInvariant()))
        .ThenBy(word => word, StringComparer.Ordinal)
        .First();

    // Levenshtein with transpositions of neighbours; words are short, long input is cut.
    private static int Distance(string left, string right)
    {
        left = left.Length > 40 ? left[..40] : left;
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var cost = left[i - 1] == right[j - 1] ? 0 : 1;
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[left.Length, right.Length];
    }
}
