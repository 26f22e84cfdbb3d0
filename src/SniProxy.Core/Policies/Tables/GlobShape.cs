namespace SniProxy.Core.Policies.Tables;

/// <summary>Which characters of a pattern are written out and which are left to wildcards; a name of as many labels is hashed by the former only.</summary>
/// <param name="number">Tells shapes apart in one table.</param>
/// <param name="labels">From the last label to the first.</param>
internal sealed class GlobShape(int number, GlobLabel[] labels)
{
    /// <summary>Reads the shape of a pattern, from its last label to its first.</summary>
    public static GlobLabel[] Read(ReadOnlySpan<char> pattern)
    {
        var labels = new List<GlobLabel>();
        for (var end = pattern.Length; end >= 0;)
        {
            var dot = pattern[..end].LastIndexOf('.');
            var label = pattern[(dot + 1)..end];
            var star = label.IndexOf('*');
            labels.Add(star < 0 ? GlobLabel.Whole : new GlobLabel((byte)star, (byte)(label.Length - 1 - label.LastIndexOf('*'))));
            end = dot;
        }

        return [.. labels];
    }

    /// <summary>Hashes a pattern of this shape, or a name. Where two of them hash alike, or a name has more to say than was asked, the pattern itself decides.</summary>
    /// <returns>False for a name that is too short somewhere.</returns>
    public bool TryHash(ReadOnlySpan<char> name, out ulong hash)
    {
        hash = KeyHash.Stir(KeyHash.Seed, (ulong)number);
        var end = name.Length;
        foreach (var part in labels)
        {
            if (end < 0)
            {
                return false;
            }

            var dot = name[..end].LastIndexOf('.');
            var label = name[(dot + 1)..end];
            end = dot;
            if (part.IsWhole)
            {
                hash = KeyHash.Extend(hash, label);
                continue;
            }

            if (label.Length <= part.Prefix + part.Suffix)
            {
                return false;
            }

            hash = KeyHash.Extend(KeyHash.Extend(hash, label[..part.Prefix]), label[(label.Length - part.Suffix)..]);
        }

        return true;
    }
}
