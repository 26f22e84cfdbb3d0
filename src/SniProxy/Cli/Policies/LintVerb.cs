using System.CommandLine;
using System.Text.Json;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Lint;
using SniProxy.Hosting.Configuration;
using SniProxy.Policies;

namespace SniProxy.Cli.Policies;

/// <summary><c>sniproxy policy lint</c>: what documents may say and their authors seldom mean.</summary>
internal static class LintVerb
{
    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var output = Output.CreateOption();
        var policies = new Argument<string[]>("POLICY") { Description = "Documents, or names of policies in the policies folder.", Arity = ArgumentArity.OneOrMore };
        var offline = new Option<bool>("--offline") { Description = "Asks no name server: whether names still resolve, and to what, is left out." };
        var command = new Command(
            "lint",
            "Looks policies through for what is allowed and seldom meant; each finding with its place and what to write instead. Ends with 3 when there is one.\n\n"
            + "Example: sniproxy policy lint --offline policies/ci.yaml")
        {
            policies, offline, output,
        };
        configuration.AddTo(command);
        command.SetVerb(async (parsed, cancellation) =>
        {
            var sources = ReadAll(parsed.GetValue(policies) ?? [], configuration, parsed);
            var resolved = parsed.GetValue(offline) ? null
                : await NameLookup.ResolveAsync(configuration.Load(parsed).Dns.ForResolver(), sources.SelectMany(source => PolicyLint.NamesIn(source.Document)), cancellation);
            var facts = new LintFacts(TimeProvider.System.GetUtcNow(), ListedNames.All, resolved?.Answers);
            var findings = sources.SelectMany(source => PolicyLint.Check(source.Document, source.Root, source.File, facts)).ToList();
            var errors = parsed.InvocationConfiguration.Error;
            if (resolved is null)
            {
                await errors.WriteLineAsync("sniproxy: offline: whether names still resolve, and whether address rules still hold what they resolve to, was not looked at");
            }

            foreach (var name in resolved?.Unanswered ?? [])
            {
                await errors.WriteLineAsync($"sniproxy: {name}: no name server answered, so that nothing is said of it");
            }

            Write(parsed.InvocationConfiguration.Output, parsed.GetValue(output), findings);
            return findings.Count > 0 ? ExitStatus.Findings : ExitStatus.Done;
        });
        return command;
    }

    private static List<PolicySource> ReadAll(string[] namesOrFiles, ConfigurationOptions configuration, ParseResult parsed)
    {
        var sources = new List<PolicySource>();
        var wrong = new List<PolicyError>();
        foreach (var nameOrFile in namesOrFiles)
        {
            var (file, bundles) = PolicySource.Locate(nameOrFile, configuration, parsed);
            if (PolicySource.TryRead(file, bundles, out var source, out var errors))
            {
                sources.Add(source);
            }

            wrong.AddRange(errors);
        }

        return wrong.Count == 0 ? sources : throw new InvalidConfigurationException([.. wrong.Select(error => error.ToString())]);
    }

    // As compilers write it, so that editors find the place.
    private static void Write(TextWriter writer, OutputFormat format, List<LintFinding> findings)
    {
        if (format != OutputFormat.Table)
        {
            Output.Write(writer, format, JsonSerializer.SerializeToElement(findings, PolicyJson.Default.ListLintFinding));
            return;
        }

        foreach (var finding in findings)
        {
            writer.WriteLine(finding.ToString());
        }
    }
}
