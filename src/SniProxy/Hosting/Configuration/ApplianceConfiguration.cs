using System.Net;
using System.Text.Json;
using SniProxy.Api;
using SniProxy.Core.Addresses;
using SniProxy.Core.Policies;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Policies;

namespace SniProxy.Hosting.Configuration;

/// <summary>Reads the configuration: file, then environment (<c>SniProxy__…</c>), then <c>--set Key=Value</c>; later ones win.</summary>
internal static class ApplianceConfiguration
{
    private const string Root = "SniProxy";
    private static readonly TimeSpan LongestRetention = TimeSpan.FromDays(10_000);

    /// <param name="file">The configuration file; relative paths in the configuration are relative to its folder.</param>
    /// <param name="settings">Pairs of <c>--set</c>, with or without the leading <c>SniProxy:</c>.</param>
    public static ApplianceOptions Load(string file, IReadOnlyList<KeyValuePair<string, string?>> settings)
    {
        var path = Path.GetFullPath(file);
        var builder = new ConfigurationBuilder();
        try
        {
            // Opened here: a file provider does not see files whose name begins with a dot.
            using var content = File.OpenRead(path);
            builder.AddJsonStream(content);
            builder.AddInMemoryCollection(FromEnvironment());
            builder.AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(Rooted(pair.Key), pair.Value)));
            return Read(builder.Build(), Path.GetDirectoryName(path) ?? "/");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidConfigurationException([$"{file}: there is no such file. Name the configuration file with --config FILE."]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException([$"{file}: {error.Message} Name a file that can be read."]);
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new InvalidConfigurationException([$"{file}: {Innermost(error).Message}"]);
        }
    }

    // The outer ones say that it failed, the last one where and why.
    private static Exception Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : error;

    // Only names with the prefix are looked at, and every one of them must be a known key.
    private static IEnumerable<KeyValuePair<string, string?>> FromEnvironment()
    {
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable.Key is string name && name.StartsWith(Root + "__", StringComparison.OrdinalIgnoreCase))
            {
                yield return KeyValuePair.Create(name.Replace("__", ":", StringComparison.Ordinal), variable.Value as string);
            }
        }
    }

    private static string Rooted(string key)
    {
        var path = key.Replace("__", ":", StringComparison.Ordinal);
        return path.StartsWith(Root + ":", StringComparison.OrdinalIgnoreCase) ? path : $"{Root}:{path}";
    }

    private static ApplianceOptions Read(IConfiguration configuration, string folder)
    {
        var errors = new ConfigurationErrors();
        CheckRoot(configuration, errors);
        var root = new ConfigurationSectionReader(configuration.GetSection(Root), Root, errors);
        var dataFolder = Path.GetFullPath(root.Text("DataFolder", "data"), folder);
        var policies = root.Section("Policies");
        var options = new ApplianceOptions
        {
            DataFolder = dataFolder,
            Proxy = ProxySection.Read(root.Section("Proxy")),
            Dns = ReadDns(root.Section("Dns")),
            Api = ReadApi(root.Section("Api")),
            Bindings = SandboxSections.ReadBindings(policies),
            Policies = ReadPolicies(policies, folder),
            Sandboxes = SandboxSections.ReadSandboxes(root),
            GuardExempt = SandboxSections.ReadGuard(root.Section("Guard")),
            Events = ReadEvents(root.Section("Events")),
            Enforcement = ReadEnforcement(root.Section("Enforcement")),
        };
        ReadStorage(root.Section("Storage"));
        root.Finish();
        return errors.Messages.Count == 0 ? options : throw new InvalidConfigurationException(errors.Messages);
    }

    // Other sections beside ours are other programs' business, but for one that was meant to be ours.
    private static void CheckRoot(IConfiguration configuration, ConfigurationErrors errors)
    {
        foreach (var section in configuration.GetChildren())
        {
            if (!section.Key.Equals(Root, StringComparison.OrdinalIgnoreCase) && Suggestion.Near(section.Key, [Root]) is not null)
            {
                errors.Add(section.Key, "is not a known section", $"Did you mean \"{Root}\"?");
            }
        }
    }

    private static PolicyOptions ReadPolicies(ConfigurationSectionReader policies, string folder)
    {
        var options = new PolicyOptions(
            Path.GetFullPath(policies.Text("Folder", "policies"), folder),
            policies.Text("Default", "default"),
            policies.Text("Unknown", PolicyOptions.DenyAll),
            BundlesFolder: Path.GetFullPath(policies.Text("Bundles", BundleFolder.BesideProgram), folder));
        policies.Finish();
        return options;
    }

    private static DnsOptions ReadDns(ConfigurationSectionReader dns)
    {
        var defaults = new DnsOptions();
        var pool = dns.Has("SyntheticPool") ? dns.Texts("SyntheticPool", []).Select(block => SandboxSections.ReadBlock(dns, "SyntheticPool", block)).ToList() : null;
        var options = new DnsOptions
        {
            Endpoint = dns.Text("Endpoint", defaults.Endpoint),
            Upstreams = dns.Texts("Upstreams", defaults.Upstreams),
            Mode = dns.Choice<DnsMode>("Mode") ?? defaults.Mode,
            SyntheticPool = pool is null || pool.Contains(null) ? defaults.SyntheticPool : [.. pool.OfType<Cidr>()],
            SyntheticNamesPerSandbox = dns.Integer("SyntheticNamesPerSandbox", 1, 10_000_000) ?? defaults.SyntheticNamesPerSandbox,
            BlockedAnswer = dns.Choice<BlockedAnswer>("BlockedAnswer") ?? defaults.BlockedAnswer,
            LocalSuffixes = dns.Texts("LocalSuffixes", defaults.LocalSuffixes),
            QueriesPerSecondPerSandbox = dns.Integer("QueriesPerSecondPerSandbox", 1, 10_000_000) ?? defaults.QueriesPerSecondPerSandbox,
            InFlightPerSandbox = dns.Integer("InFlightPerSandbox", 1, 10_000_000) ?? defaults.InFlightPerSandbox,
            TcpConnectionsPerSandbox = dns.Integer("TcpConnectionsPerSandbox", 1, 10_000_000) ?? defaults.TcpConnectionsPerSandbox,
            TcpIdleTimeout = dns.Duration("TcpIdleTimeout") ?? defaults.TcpIdleTimeout,
            Tunnelling = TunnellingSection.Read(dns.Section("Tunnelling")),
        };
        foreach (var problem in options.Validate())
        {
            dns.Errors.Add(problem);
        }

        dns.Finish();
        return options;
    }

    private static ApiOptions ReadApi(ConfigurationSectionReader api)
    {
        var options = new ApiOptions(
            api.Endpoint("Endpoint") ?? new IPEndPoint(IPAddress.Loopback, 9443),
            api.Endpoint("Metrics") ?? (api.Has("Metrics") ? null : new IPEndPoint(IPAddress.Loopback, 9090)));
        foreach (var problem in options.Check())
        {
            api.Errors.Add(problem);
        }

        api.Finish();
        return options;
    }

    private static EventOptions ReadEvents(ConfigurationSectionReader events)
    {
        var defaults = new EventOptions();
        var options = new EventOptions
        {
            JsonLines = events.Text("JsonLines") ?? (events.Has("JsonLines") ? null : defaults.JsonLines),
            Retention = events.Duration("Retention", LongestRetention) ?? defaults.Retention,
            MaxFileBytes = events.Integer("MaxFileBytes", 65_536, int.MaxValue) ?? defaults.MaxFileBytes,
            KeptFiles = events.Integer("KeptFiles", 1, 100_000) ?? defaults.KeptFiles,
        };
        if (events.Text("Otlp") is not null)
        {
            events.Fail("Otlp", "is not available in this version", "Remove it.");
        }

        events.Finish();
        return options;
    }

    private static EnforcementOptions ReadEnforcement(ConfigurationSectionReader enforcement)
    {
        var defaults = new EnforcementOptions();
        var options = new EnforcementOptions
        {
            Table = enforcement.Text("Table", defaults.Table),
            CheckRules = enforcement.Flag("CheckRules") ?? defaults.CheckRules,
        };
        enforcement.Finish();
        return options;
    }

    private static void ReadStorage(ConfigurationSectionReader storage)
    {
        if (!string.Equals(storage.Text("Provider", "Sqlite"), "Sqlite", StringComparison.OrdinalIgnoreCase))
        {
            storage.Fail("Provider", $"\"{storage.Text("Provider")}\" is not available in this version", "Write \"Sqlite\".");
        }

        storage.Finish();
    }
}
