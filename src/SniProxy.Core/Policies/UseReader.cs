using System.Globalization;

namespace SniProxy.Core.Policies;

/// <summary>Reads the <c>use</c> of a document: the bundles whose rules it takes in.</summary>
internal static class UseReader
{
    public static List<PolicyDocument> Read(NodeReader reader, DocumentNode node, BundleShelf bundles)
    {
        var used = new List<PolicyDocument>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (item, path) in reader.List(node, "use", "bundles", "write at least one bundle, or take the key out"))
        {
            if (reader.Text(item, path) is not { } name)
            {
                continue;
            }

            if (!names.Add(name))
            {
                reader.Fail(item, path, $"\"{name}\" stands here twice", "keep one of them");
            }
            else if (!bundles.Names.Contains(name))
            {
                reader.Fail(item, path, $"\"{name}\" is no bundle", bundles.Names.Count > 0
                    ? $"did you mean \"{Suggestion.Nearest(name, bundles.Names)}\"? There are {string.Join(", ", bundles.Names.Order(StringComparer.Ordinal))}"
                    : $"put bundles into {bundles.Place}, or write the hosts into rules of your own");
            }
            else if (bundles.Read(name) is { Document: { } bundle })
            {
                used.Add(bundle);
            }
            else
            {
                var broken = bundles.Read(name).Errors;
                reader.Fail(item, path, string.Create(CultureInfo.InvariantCulture, $"the bundle \"{name}\" has {broken.Count} errors, the first: {broken[0]}"), "mend the bundle, or take it out");
            }
        }

        return used;
    }
}
