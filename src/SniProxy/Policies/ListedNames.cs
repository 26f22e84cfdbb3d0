using SniProxy.Core.Names;
using SniProxy.Core.Policies.Lint;

namespace SniProxy.Policies;

/// <summary>The lists that come with the program (<c>Policies/Lists</c>), read when somebody first asks, which an appliance does as it starts.</summary>
internal static class ListedNames
{
    private static readonly Lazy<WatchedNames> Read = new(() => new WatchedNames(
        PublicSuffixes.Parse(Text("public_suffix_list.dat")),
        ListedName.Parse(Text("open-suffixes.txt")),
        ListedName.Parse(Text("doh-servers.txt")),
        ListedName.Parse(Text("ech-outer-names.txt"))));

    public static WatchedNames All => Read.Value;

    private static string Text(string file)
    {
        using var stream = typeof(ListedNames).Assembly.GetManifestResourceStream(file) ?? throw new FileNotFoundException($"{file} is not built into the program");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
