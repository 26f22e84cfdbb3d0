using System.Globalization;
using SniProxy.Core.Policies.Exports;

namespace SniProxy.Core.Policies.Replays;

/// <summary>What two documents do not have in common, whatever their spelling. The order of rules counts, since the first match decides.</summary>
public static class DocumentComparison
{
    // Beyond this many pairs of rules the longest common sequence is not looked for; then what stands in both documents counts as unmoved.
    private const long MaxPairs = 16_000_000;

    public static IReadOnlyList<DocumentChange> Compare(PolicyDocument before, PolicyDocument after)
    {
        var (left, right) = (PolicyDocumentWriter.Write(before), PolicyDocumentWriter.Write(after));
        var changes = new List<DocumentChange>();
        foreach (var key in left.Fields.Concat(right.Fields).Select(field => field.Key.Text).Distinct().Where(key => key is not ("rules" or "name")))
        {
            var (old, now) = (Find(left, key), Find(right, key));
            if (old != now)
            {
                Add(changes, false, key, old);
                Add(changes, true, key, now);
            }
        }

        CompareRules(changes, Rules(left), Rules(right));
        return changes;
    }

    private static void Add(List<DocumentChange> changes, bool isAdded, string what, string? text)
    {
        if (text is not null)
        {
            changes.Add(new DocumentChange(isAdded, what, text));
        }
    }

    private static string? Find(DocumentNode root, string key) => root.Fields.FirstOrDefault(field => field.Key.Text == key) is { } field ? NodeText.Of(field.Value) : null;

    private static string[] Rules(DocumentNode root) => [.. root.Fields.First(field => field.Key.Text == "rules").Value.Items.Select(NodeText.Of)];

    private static void CompareRules(List<DocumentChange> changes, string[] before, string[] after)
    {
        var start = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        var end = before.Skip(start).Reverse().Zip(after.Skip(start).Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        var (left, right) = (before[start..^end], after[start..^end]);
        var (keptLeft, keptRight) = (long)left.Length * right.Length <= MaxPairs ? Common(left, right) : (Kept(left, right), Kept(right, left));
        for (var i = 0; i < left.Length; i++)
        {
            Add(changes, false, Rule(start + i), keptLeft[i] ? null : left[i]);
        }

        for (var i = 0; i < right.Length; i++)
        {
            Add(changes, true, Rule(start + i), keptRight[i] ? null : right[i]);
        }
    }

    private static string Rule(int index) => string.Create(CultureInfo.InvariantCulture, $"rule {index + 1}");

    private static bool[] Kept(string[] rules, string[] others)
    {
        var known = others.ToHashSet(StringComparer.Ordinal);
        return [.. rules.Select(known.Contains)];
    }

    // The longest sequence that both have.
    private static (bool[] Left, bool[] Right) Common(string[] left, string[] right)
    {
        var lengths = new int[left.Length + 1, right.Length + 1];
        for (var i = left.Length - 1; i >= 0; i--)
        {
            for (var j = right.Length - 1; j >= 0; j--)
            {
                lengths[i, j] = left[i] == right[j] ? lengths[i + 1, j + 1] + 1 : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
            }
        }

        var (ofLeft, ofRight) = (new bool[left.Length], new bool[right.Length]);
        for (var (i, j) = (0, 0); i < left.Length && j < right.Length;)
        {
            if (left[i] == right[j])
            {
                (ofLeft[i++], ofRight[j++]) = (true, true);
            }
            else if (lengths[i + 1, j] >= lengths[i, j + 1])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return (ofLeft, ofRight);
    }
}
