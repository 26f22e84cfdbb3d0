using System.CommandLine;
using SniProxy.Hosting.Configuration;
using SniProxy.Policies;

namespace SniProxy.Cli;

/// <summary><c>sniproxy check</c>: the configuration and all policies, with every error.</summary>
internal static class CheckVerb
{
    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var command = new Command(
            "check",
            "Checks the configuration and all policies and prints every error.\n\n"
            + "Example: sniproxy check --config /etc/sniproxy/appsettings.json");
        configuration.AddTo(command);
        command.SetVerb(async (parsed, _) =>
        {
            var options = configuration.Load(parsed);
            var files = PolicyFolder.FilesOf(options.Policies.Folder);
            var bundles = options.Policies.OpenBundles();
            var readings = files.Select(file => PolicyFile.Read(file, revision: 0, TimeProvider.System.GetUtcNow(), bundles)).ToList();
            var errors = readings.SelectMany(reading => reading.Errors)
                .Concat(bundles.Names.SelectMany(name => bundles.Read(name).Errors))
                .Select(error => error.ToString()).ToList();
            var names = readings.Select(reading => reading.Policy?.Name).OfType<string>().Append(PolicyOptions.DenyAll).ToList();
            errors.AddRange(names.GroupBy(name => name, StringComparer.Ordinal)
                .Where(group => group.Count() > 1)
                .Select(group => $"{options.Policies.Folder}: the policy \"{group.Key}\" is there twice; give each a name of its own"));
            errors.AddRange(MissingPolicies(options, names));
            if (errors.Count > 0)
            {
                throw new InvalidConfigurationException(errors);
            }

            var policies = files.Count == 1 ? "policy" : "policies";
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                $"The configuration and {files.Count} {policies} in {options.Policies.Folder} are good.");
            return ExitStatus.Done;
        });
        return command;
    }

    private static IEnumerable<string> MissingPolicies(Hosting.ApplianceOptions options, List<string> names)
    {
        var wanted = options.Bindings.Select(binding => ("SniProxy:Policies:Bindings", (string?)binding.Policy))
            .Concat(options.Sandboxes.Select(sandbox => ($"SniProxy:Sandboxes: {sandbox.Id}", sandbox.Policy)))
            .Append(("SniProxy:Policies:Default", options.Policies.Default))
            .Append(("SniProxy:Policies:Unknown", options.Policies.Unknown));
        return wanted
            .Where(one => one.Item2 is { } name && !names.Contains(name, StringComparer.Ordinal))
            .Select(one =>
                $"{one.Item1}: there is no policy \"{one.Item2}\" in {options.Policies.Folder}, so whoever needs it is denied everything; "
                + $"write one, or name one of {string.Join(", ", names)}");
    }
}
