namespace SniProxy.Cli.Policies.Clients;

/// <summary>Cargo: registries and replaced sources of config.toml, and the environment.</summary>
internal static class CargoClient
{
    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        var home = machine.Variable("CARGO_HOME") ?? machine.InHome(".cargo");
        string[] files = [.. machine.UpFromWork(".cargo/config.toml"), .. machine.UpFromWork(".cargo/config"), Path.Combine(home, "config.toml"), Path.Combine(home, "config")];
        foreach (var file in files.Distinct())
        {
            foreach (var (key, value) in KeyValues.Of(file).Where(pair => pair.Value.Contains("://", StringComparison.Ordinal)))
            {
                // A registry may stand in one line: name = { index = "…" }.
                var index = value.StartsWith('{') ? value.IndexOf("index", StringComparison.Ordinal) : -1;
                if (key is "registry" or "index" or "git" || index > 0)
                {
                    yield return new ClientSource(file, index > 0 ? KeyValues.Unquote(value[(value.IndexOf('=', index) + 1)..]) : value);
                }
            }
        }

        foreach (var (name, value) in machine.Variables)
        {
            if (name.StartsWith("CARGO_REGISTRIES_", StringComparison.Ordinal) && name.EndsWith("_INDEX", StringComparison.Ordinal) && value.Length > 0)
            {
                yield return new ClientSource(name, value);
            }
        }
    }
}
