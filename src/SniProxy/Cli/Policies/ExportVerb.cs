using System.CommandLine;

namespace SniProxy.Cli.Policies;

/// <summary><c>sniproxy policy export</c>: a document in its canonical form.</summary>
internal static class ExportVerb
{
    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var output = Output.CreateOption();
        var name = new Argument<string>("POLICY") { Description = "A document, or the name of a policy in the policies folder." };
        var command = new Command(
            "export",
            "Writes a policy in its canonical form, as YAML unless said: every entry in its one spelling, keys in one order, without comments.\n\n"
            + "Example: sniproxy policy export policies/ci.yaml --output json")
        {
            name, output,
        };
        configuration.AddTo(command);
        command.SetVerb((parsed, _) =>
        {
            var source = PolicySource.Find(parsed.GetValue(name) ?? string.Empty, configuration, parsed);
            DocumentOutput.Write(parsed.InvocationConfiguration.Output, parsed.GetValue(output), source.Document);
            return Task.FromResult(ExitStatus.Done);
        });
        return command;
    }
}
