namespace SniProxy.Cli.Policies.Clients;

/// <summary>Maven: mirrors and repositories of settings.xml and of the project's pom.xml.</summary>
internal static class MavenClient
{
    private static readonly string[] Holders = ["mirror", "repository", "pluginRepository"];

    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        foreach (var file in new[] { machine.InHome(".m2/settings.xml"), machine.InRoot("etc/maven/settings.xml"), machine.InWork("pom.xml") })
        {
            foreach (var element in XmlFile.Read(file)?.Descendants() ?? [])
            {
                if (Holders.Contains(element.Name.LocalName) && element.Element("url")?.Value.Trim() is { Length: > 0 } address)
                {
                    yield return new ClientSource(file, address);
                }
            }
        }
    }
}
