using System.Xml.Linq;

namespace SniProxy.Cli.Policies.Clients;

/// <summary>NuGet: the package sources of NuGet.Config that are not switched off.</summary>
internal static class NuGetClient
{
    private static readonly string[] Names = ["nuget.config", "NuGet.config", "NuGet.Config"];

    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        string[] files =
        [
            .. Names.SelectMany(machine.UpFromWork), machine.InHome(".nuget/NuGet/NuGet.Config"), machine.InConfig("NuGet/NuGet.Config"),
            .. ClientMachine.FilesOf(machine.InRoot("etc/opt/NuGet/Config"), ".config", ".Config"),
        ];
        foreach (var file in files.Distinct())
        {
            if (XmlFile.Read(file) is not { } root)
            {
                continue;
            }

            var disabled = root.Elements("disabledPackageSources").Elements("add").Where(add => add.Attribute("value")?.Value == "true").Select(add => add.Attribute("key")?.Value).ToHashSet();
            foreach (var add in root.Elements("packageSources").Elements("add").Where(add => !disabled.Contains(add.Attribute("key")?.Value)))
            {
                if (add.Attribute("value")?.Value is { } address)
                {
                    yield return new ClientSource(file, address);
                }
            }
        }
    }
}
