using System.CommandLine;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Imports;
using SniProxy.Hosting.Configuration;

namespace SniProxy.Cli.Policies;

/// <summary><c>sniproxy policy import</c>: a policy out of somebody else's document.</summary>
internal static class ImportVerb
{
    private static readonly Dictionary<string, ForeignKind> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["e2b"] = ForeignKind.E2b,
        ["vercel"] = ForeignKind.Vercel,
        ["smokescreen"] = ForeignKind.Smokescreen,
        ["harden-runner"] = ForeignKind.HardenRunner,
        ["opensandbox"] = ForeignKind.OpenSandbox,
        ["docker"] = ForeignKind.Docker,
        ["srt"] = ForeignKind.Srt,
    };

    public static Command Create()
    {
        var output = Output.CreateOption();
        var from = new Option<string>("--from") { Description = $"Whose document it is: {string.Join(", ", Kinds.Keys)}.", HelpName = "KIND", Required = true };
        from.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Kinds.Keys]);
        var file = new Argument<string>("FILE") { Description = "The document, YAML or JSON." };
        var part = new Option<string?>("--part") { Description = "Which service (smokescreen) or job (harden-runner) is meant, where the document has several.", HelpName = "NAME" };
        var name = new Option<string?>("--name") { Description = "The name of the policy; else the file's.", HelpName = "NAME" };
        var command = new Command(
            "import",
            "Writes the policy that a document of another product stands for, with the meaning that its wildcards and ports have there. What cannot be kept is refused: "
            + "then nothing is written but each such place and what to write instead, and the status is 3.\n\n"
            + "Example: sniproxy policy import --from e2b network.json")
        {
            from, file, part, name, output,
        };
        command.SetVerb(async (parsed, _) =>
        {
            var path = parsed.GetValue(file) ?? string.Empty;
            var policyName = parsed.GetValue(name) ?? Path.GetFileNameWithoutExtension(path);
            if (!PolicyDocumentReader.IsName(policyName) || policyName.Equals(PolicyDocument.DenyAll, StringComparison.OrdinalIgnoreCase))
            {
                throw new UsageException($"--name: \"{policyName}\" is no name for a policy. Write letters, digits, \"-\", \"_\" and \".\", beginning with a letter or digit.");
            }

            if (PolicySource.ReadNodes(path, out var error) is not { } root)
            {
                throw new InvalidConfigurationException([error?.ToString() ?? path]);
            }

            var result = PolicyImport.Read(Kinds[parsed.GetValue(from) ?? string.Empty], root, path, policyName, parsed.GetValue(part));
            foreach (var words in result.Refusals.Concat(result.Document is null ? [] : result.Remarks))
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"sniproxy: {words}");
            }

            if (result.Document is null)
            {
                return ExitStatus.Findings;
            }

            DocumentOutput.Write(parsed.InvocationConfiguration.Output, parsed.GetValue(output), result.Document);
            return ExitStatus.Done;
        });
        return command;
    }
}
