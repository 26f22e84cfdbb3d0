using System.CommandLine;
using SniProxy.Core.Policies;
using SniProxy.Hosting;
using SniProxy.Hosting.Configuration;
using SniProxy.Policies;

namespace SniProxy.Cli;

/// <summary>The options of every verb that needs the configuration.</summary>
internal sealed class ConfigurationOptions
{
    private readonly Option<string?> config = new("--config")
    {
        Description = "The configuration file, instead of appsettings.json beside the program.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> set = new("--set")
    {
        Description = "Sets one key over file and environment, such as --set Proxy:ConnectTimeout=00:00:02; may be repeated.",
        HelpName = "KEY=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public static string DefaultFile => Path.Combine(AppContext.BaseDirectory, "appsettings.json");

    public void AddTo(Command command)
    {
        command.Add(config);
        command.Add(set);
    }

    /// <summary>The bundles for a document that somebody names: those of the configuration file where one is named too, else those beside the program.</summary>
    public BundleShelf OpenBundles(ParseResult parsed) =>
        parsed.GetValue(config) is null ? BundleFolder.Open(BundleFolder.BesideProgram) : Load(parsed).Policies.OpenBundles();

    public ApplianceOptions Load(ParseResult parsed)
    {
        var settings = new List<KeyValuePair<string, string?>>();
        foreach (var pair in parsed.GetValue(set) ?? [])
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new UsageException($"--set {pair}: there is no value. Write --set KEY=VALUE.");
            }

            settings.Add(KeyValuePair.Create(pair[..equals], (string?)pair[(equals + 1)..]));
        }

        return ApplianceConfiguration.Load(parsed.GetValue(config) ?? DefaultFile, settings);
    }
}
