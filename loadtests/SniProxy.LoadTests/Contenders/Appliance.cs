using System.Globalization;

namespace SniProxy.LoadTests.Contenders;

/// <summary>
/// Ours, as in production: policy, events to a file, metrics, API and time-outs. Its listener waits for first bytes as tuned HAProxy's does, for
/// here clients speak first. Only the limits of a sandbox are lifted, for one
/// sandbox makes all connections. Names are bound by our own DNS before they are used, as a client's are.
/// </summary>
internal sealed class Appliance(string name, int index, string? transport, LoadOptions options) : Contender(name, 8443 + (100 * index))
{
    public override int? DnsPort => 1053 + (100 * index);

    /// <summary>Where it says that it is ready.</summary>
    public int MetricsPort => 9090 + (100 * index);

    // Whether it is to check that the kernel's rules stand, which is part of being ready.
    private bool ChecksRules { get; init; }

    // Whether a sandbox may ask as often as it likes.
    private bool LiftsQuestions { get; init; } = true;

    private static string AllProcessors => $"0-{LoadOptions.ProxyProcessor}";

    private string Program => $"{options.Appliance}/sniproxy";

    public override string[] Configure(string folder, HostMap hosts)
    {
        Directory.CreateDirectory($"{folder}/policies");
        File.WriteAllText($"{folder}/policies/default.yaml", $"rules: [{string.Join(',', hosts.All.Select(host => host.Name))}]\n");
        var key = transport is null ? "" : $"\"Transport\": \"{CultureInfo.InvariantCulture.TextInfo.ToTitleCase(transport)}\",";
        File.WriteAllText($"{folder}/appsettings.json", $$"""
            { "SniProxy": {
              "DataFolder": "{{folder}}/data",
              "Proxy": {
                {{key}}
                "Listeners": [{ "Name": "transparent", "Kind": "{{(IsTransparent ? "TProxy" : "Redirect")}}", "Endpoint": "0.0.0.0:{{Port}}", "DeferAccept": true }],
                "MaxConnectionsPerSandbox": 20000, "NewConnectionsPerSecondPerSandbox": 1000000, "DrainTimeout": "00:00:01"
              },
              "Dns": { "Endpoint": "[::]:{{DnsPort}}", "Upstreams": ["{{Network.Resolver}}"]{{(LiftsQuestions ? ", \"QueriesPerSecondPerSandbox\": 1000000, \"InFlightPerSandbox\": 1000" : "")}} },
              "Api": { "Endpoint": "127.0.0.1:{{9443 + (100 * index)}}", "Metrics": "127.0.0.1:{{MetricsPort}}" },
              "Policies": { "Folder": "{{folder}}/policies" },
              "Enforcement": { "CheckRules": {{(ChecksRules ? "true" : "false")}} },
              "Sandboxes": [{ "Id": "load", "Addresses": ["{{Network.SandboxAddress}}"] }, { "Id": "other", "Addresses": ["{{Network.OtherSandboxAddress}}"] }]
            } }

            """);
        return [Program, "run", .. WithConfiguration(folder)];
    }

    /// <summary>The same for measuring its start: with rules that must stand, on all processors.</summary>
    public Appliance ToStart() => new(Name, index, transport, options) { ChecksRules = true, IsTransparent = IsTransparent, Processors = AllProcessors };

    /// <summary>The same on all processors.</summary>
    public Appliance OnAllProcessors() => new(Name, index, transport, options) { IsTransparent = IsTransparent, Processors = AllProcessors };

    /// <summary>The same with a sandbox's usual limits of questions.</summary>
    public Appliance WithUsualQuestions() => new(Name, index, transport, options) { LiftsQuestions = false, IsTransparent = IsTransparent };

    /// <summary>The rules that an operator would put in for the same configuration.</summary>
    public string[] ApplyRules(string folder) => [Program, "rules", "--interface", Network.SandboxInterface, "--apply", .. WithConfiguration(folder)];

    public string[] RemoveRules(string folder) => [Program, "rules", "--interface", Network.SandboxInterface, "--remove", .. WithConfiguration(folder)];

    private IEnumerable<string> WithConfiguration(string folder) =>
        ["--config", $"{folder}/appsettings.json", .. options.Settings.SelectMany(setting => (string[])["--set", setting])];
}
