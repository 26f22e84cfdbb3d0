namespace SniProxy.Cli.Policies.Clients;

/// <summary>RubyGems and Bundler: sources of .gemrc, mirrors of Bundler's configuration.</summary>
internal static class GemClient
{
    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        foreach (var file in new[] { machine.InHome(".gemrc"), machine.InRoot("etc/gemrc") })
        {
            foreach (var line in ClientMachine.Lines(file).Where(line => line.StartsWith('-') && line.Contains("://", StringComparison.Ordinal)))
            {
                yield return new ClientSource(file, KeyValues.Unquote(line.TrimStart('-')));
            }
        }

        foreach (var file in new[] { machine.InHome(".bundle/config"), machine.InWork(".bundle/config") })
        {
            foreach (var (_, value) in KeyValues.Of(file, separator: ':').Where(pair => pair.Key.StartsWith("BUNDLE_MIRROR__", StringComparison.Ordinal)))
            {
                yield return new ClientSource(file, value);
            }
        }
    }
}
