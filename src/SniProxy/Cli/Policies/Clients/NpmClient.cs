namespace SniProxy.Cli.Policies.Clients;

/// <summary>npm, pnpm and yarn: <c>registry</c> and <c>@scope:registry</c> of .npmrc, <c>npmRegistryServer</c> of .yarnrc.yml, the environment.</summary>
internal static class NpmClient
{
    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        string[] files =
        [
            .. machine.UpFromWork(".npmrc"), machine.Variable("NPM_CONFIG_USERCONFIG") ?? machine.InHome(".npmrc"), machine.InRoot("etc/npmrc"), machine.InRoot("usr/etc/npmrc"),
            machine.InRoot("usr/local/etc/npmrc"),
        ];
        foreach (var file in files.Distinct())
        {
            foreach (var (key, value) in KeyValues.Of(file))
            {
                if (key == "registry" || (key.StartsWith('@') && key.EndsWith(":registry", StringComparison.Ordinal)))
                {
                    yield return new ClientSource(file, value);
                }
            }
        }

        foreach (var (name, value) in machine.Variables)
        {
            if (value.Length > 0 && (name.Equals("npm_config_registry", StringComparison.OrdinalIgnoreCase) || name is "YARN_NPM_REGISTRY_SERVER" or "YARN_REGISTRY"))
            {
                yield return new ClientSource(name, value);
            }
        }

        foreach (var file in machine.UpFromWork(".yarnrc.yml").Append(machine.InHome(".yarnrc.yml")).Distinct())
        {
            foreach (var (key, value) in KeyValues.Of(file, separator: ':').Where(pair => pair.Key == "npmRegistryServer"))
            {
                yield return new ClientSource(file, value);
            }
        }
    }
}
