using System.CommandLine;

namespace SniProxy.Cli.Policies;

/// <summary><c>sniproxy policy show</c>: one policy of the policies folder.</summary>
internal static class ShowVerb
{
    private static readonly Column[] Columns =
    [
        new("ALLOW", "allow"), new("AUDIT", "audit"), new("DENY", "deny"), new("EXCEPT", "except"), new("LABEL", "label"), new("PRIORITY", "priority"), new("REASON", "reason"),
    ];

    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var output = Output.CreateOption();
        var name = new Argument<string>("POLICY") { Description = "The name of a policy in the policies folder, or a document." };
        var command = new Command("show", "Shows the rules of a policy in the order of its document.\n\nExample: sniproxy policy show ci --config /etc/sniproxy/appsettings.json") { name, output };
        configuration.AddTo(command);
        command.SetVerb((parsed, _) =>
        {
            var source = PolicySource.Find(parsed.GetValue(name) ?? string.Empty, configuration, parsed);
            var (writer, format) = (parsed.InvocationConfiguration.Output, parsed.GetValue(output));
            if (format != OutputFormat.Table)
            {
                DocumentOutput.Write(writer, format, source.Document);
                return Task.FromResult(ExitStatus.Done);
            }

            Output.Write(writer, format, NodeJson.Of(RuleTableNode.Without(source.Document)));
            writer.WriteLine();
            Output.Write(writer, format, NodeJson.Of(RuleTableNode.Of(source.Document)), Columns);
            return Task.FromResult(ExitStatus.Done);
        });
        return command;
    }
}
