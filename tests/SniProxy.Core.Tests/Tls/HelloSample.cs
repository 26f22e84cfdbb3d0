namespace SniProxy.Core.Tests.Tls;

/// <summary>The first flight of a real client, from Samples/*.hex: lines of # are notes, and "# name:" says what it asked for.</summary>
internal sealed record HelloSample(string Client, string Name, byte[] Wire)
{
    public static IReadOnlyList<HelloSample> All { get; } = [.. Directory.GetFiles(Folder(), "*.hex").Order(StringComparer.Ordinal).Select(Load)];

    private static HelloSample Load(string path)
    {
        const string nameNote = "# name: ";
        var lines = File.ReadAllLines(path);
        var name = lines.Single(line => line.StartsWith(nameNote, StringComparison.Ordinal))[nameNote.Length..];
        var hex = string.Concat(lines.Where(line => !line.StartsWith('#')));
        return new HelloSample(Path.GetFileNameWithoutExtension(path), name, Convert.FromHexString(hex));
    }

    private static string Folder()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "SniProxy.sln")))
        {
            root = root.Parent;
        }

        return Path.Combine(root?.FullName ?? ".", "tests", "SniProxy.Core.Tests", "Tls", "Samples");
    }
}
