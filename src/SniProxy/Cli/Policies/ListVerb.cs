using System.CommandLine;
using System.Text.Json;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;

namespace SniProxy.Cli.Policies;

/// <summary><c>sniproxy policy list</c>: the documents of the policies folder, also those that cannot be read.</summary>
internal static class ListVerb
{
    private static readonly Column[] Columns =
    [
        new("NAME", "name"), new("MODE", "mode"), new("DEFAULT", "default"), new("ENABLED", "enabled"), new("RULES", "rules"), new("OWNER", "owner"),
        new("REVIEW BY", "reviewBy"), new("FILE", "file"), new("ERRORS", "errors"),
    ];

    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var output = Output.CreateOption();
        var command = new Command("list", "Lists the policies of the policies folder.\n\nExample: sniproxy policy list --config /etc/sniproxy/appsettings.json") { output };
        configuration.AddTo(command);
        command.SetVerb((parsed, _) =>
        {
            var options = configuration.Load(parsed).Policies;
            var bundles = options.OpenBundles();
            var rows = PolicyFolder.FilesOf(options.Folder).Select(file => Row(file, bundles)).ToList();
            Output.Write(parsed.InvocationConfiguration.Output, parsed.GetValue(output), JsonSerializer.SerializeToElement(rows, PolicyJson.Default.ListPolicyRow), Columns);
            return Task.FromResult(rows.Any(row => row.Errors > 0) ? ExitStatus.InvalidConfiguration : ExitStatus.Done);
        });
        return command;
    }

    private static PolicyRow Row(string file, BundleShelf bundles)
    {
        if (!PolicySource.TryRead(file, bundles, out var source, out var errors))
        {
            return new PolicyRow(Path.GetFileNameWithoutExtension(file), null, null, null, null, null, null, file, errors.Count);
        }

        var document = source.Document;
        return new PolicyRow(
            document.Name, document.Mode.Identifier(), document.Default.Identifier(), document.IsEnabled, document.Rules.Count, document.Owner, document.ReviewBy, file, 0);
    }
}
