namespace SniProxy.Lab.Judgement.Drawn;

/// <summary>Bundles about the hosts of <see cref="DrawnGround"/>, for drawn policies to use.</summary>
internal static class DrawnBundles
{
    private static readonly Dictionary<string, string> Rules = new()
    {
        ["drawn-web"] = """
              - allow: [a.x.pol.example, "*.pol.example"]
                label: web
                source: https://docs.example/web
              - allow: ["https://**.b.x.pol.example:8443", "in.pol.example"]
                source: https://docs.example/more
            """,
        ["drawn-bases"] = """
              - allow: ["postgres://api-a.pol.example", "redis://both.pol.example:6379", "ssh://x.pol.example"]
                label: bases
                source: https://docs.example/bases
            """,
    };

    public static IReadOnlyCollection<string> Names => Rules.Keys;

    /// <summary>Lays them into a folder, which is what the appliance is told.</summary>
    public static string LayInto(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, rules) in Rules)
        {
            File.WriteAllText(Path.Combine(folder, $"{name}.yaml"), $"version: 1\nname: {name}\npurpose: drawn flows\nowner: lab\nedition: 2026-11-26\nrules:\n{rules}\n");
        }

        return folder;
    }
}
