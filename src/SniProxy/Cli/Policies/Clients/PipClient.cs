namespace SniProxy.Cli.Policies.Clients;

/// <summary>pip and uv: index addresses of pip.conf, of uv.toml and of the environment.</summary>
internal static class PipClient
{
    private static readonly string[] Keys = ["index-url", "extra-index-url", "index_url", "extra_index_url", "find-links", "default-index"];
    private static readonly string[] Variables = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX"];

    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        string[] files =
        [
            machine.InRoot("etc/pip.conf"), machine.InConfig("pip/pip.conf"), machine.InHome(".pip/pip.conf"), machine.Variable("PIP_CONFIG_FILE") ?? machine.InHome(".pip/pip.conf"),
        ];
        foreach (var file in files.Distinct())
        {
            var key = string.Empty;
            foreach (var line in ClientMachine.Lines(file).Where(line => line[0] is not ('#' or ';' or '[')))
            {
                // A key's further values stand in lines of their own.
                var at = line.IndexOf('=', StringComparison.Ordinal);
                var isAddress = line.Contains("://", StringComparison.Ordinal) && (at < 0 || at > line.IndexOf("://", StringComparison.Ordinal));
                key = at > 0 && !isAddress ? line[..at].Trim() : key;
                foreach (var address in Keys.Contains(key) ? Words(isAddress ? line : line[(at + 1)..]) : [])
                {
                    yield return new ClientSource(file, address);
                }
            }
        }

        foreach (var name in Variables)
        {
            foreach (var address in Words(machine.Variable(name) ?? string.Empty))
            {
                yield return new ClientSource(name, address);
            }
        }

        foreach (var file in new[] { machine.InRoot("etc/uv/uv.toml"), machine.InConfig("uv/uv.toml"), machine.InWork("uv.toml") })
        {
            foreach (var (_, value) in KeyValues.Of(file).Where(pair => Keys.Contains(pair.Key) || pair.Key == "url"))
            {
                yield return new ClientSource(file, value);
            }
        }
    }

    // uv lets a name stand before an index's address.
    private static IEnumerable<string> Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .Select(word => word.IndexOf('=', StringComparison.Ordinal) is var at and > 0 && at < word.IndexOf("://", StringComparison.Ordinal) ? word[(at + 1)..] : word);
}
