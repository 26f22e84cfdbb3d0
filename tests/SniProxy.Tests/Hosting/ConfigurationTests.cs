using System.Net;
using SniProxy.Core.Contract;
using SniProxy.Dns;
using SniProxy.Hosting;
using SniProxy.Hosting.Configuration;
using SniProxy.Proxy;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Hosting;

public sealed class ConfigurationTests : IDisposable
{
    // Every key there is, each with a value that is not its default.
    private const string Everything = """
        {
          // Comments and trailing commas are welcome.
          "SniProxy": {
            "DataFolder": "state",
            "Proxy": {
              "Listeners": [
                { "Name": "transparent", "Kind": "redirect", "Endpoint": "[::]:8443" },
                { "Name": "tproxy", "Kind": "TPROXY", "Endpoint": "[::]:8444" },
                { "Name": "explicit", "Kind": "Explicit", "Endpoint": "127.0.0.1:3128" },
              ],
              "FirstByteTimeout": "00:00:06", "ClientHelloTimeout": "00:00:11", "ClientHelloMaxBytes": 16384, "ConnectTimeout": "00:00:04",
              "IdleTimeout": "02:00:00", "HalfClosedTimeout": "00:00:30", "ServerFirstPorts": [21, 22],
              "MaxConnections": 500, "MaxConnectionsPerSandbox": 50, "NewConnectionsPerSecondPerSandbox": 20, "DrainTimeout": "00:00:10"
            },
            "Dns": {
              "Endpoint": "[::]:1054", "Upstreams": ["192.0.2.53", "[2001:db8::53]:54"], "Mode": "synthetic", "SyntheticPool": ["198.18.0.0/16", "fd98:19::/64"],
              "SyntheticNamesPerSandbox": 1000,
              "BlockedAnswer": "nxdomain", "LocalSuffixes": ["svc.cluster.local"], "QueriesPerSecondPerSandbox": 7, "InFlightPerSandbox": 8,
              "TcpConnectionsPerSandbox": 9, "TcpIdleTimeout": "00:00:12",
              "Tunnelling": { "Names": 10, "QueriesPerMinute": 11, "LabelLength": 12, "NameLength": 13, "Entropy": 3.5, "DenyFor": "00:01:00" }
            },
            "Api": { "Endpoint": "127.0.0.1:9444", "Metrics": "127.0.0.1:9091" },
            "Policies": {
              "Folder": "rules", "Default": "standard", "Unknown": "guests",
              "Bindings": [{ "Policy": "ci", "Source": "10.77.0.0/16", "Interface": "veth-ci", "Labels": { "service": "ci" } }]
            },
            "Sandboxes": [
              { "Id": "dev", "Addresses": ["10.77.0.2", "fd77::2"], "Interface": "veth1", "Policy": "agents", "Mode": "Shadow", "Strict": true, "Paused": true, "Labels": { "team": "a" } }
            ],
            "Guard": { "Exempt": ["10.1.0.0/16"] },
            "Storage": { "Provider": "sqlite" },
            "Events": { "Retention": "400.00:00:00", "MaxFileBytes": 1000000, "KeptFiles": 7, "JsonLines": "/var/log/events.jsonl", "Otlp": null },
            "Enforcement": { "Table": "egress", "CheckRules": false }
          },
          "Logging": { "LogLevel": { "Default": "Debug" } }
        }
        """;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ReadsEveryKey()
    {
        var options = Load(Everything);
        Assert.Equal(folder.File("state"), options.DataFolder);
        Assert.Equal(
            [
                new ListenerOptions("transparent", ListenerKind.Redirect, IPEndPoint.Parse("[::]:8443")),
                new ListenerOptions("tproxy", ListenerKind.TProxy, IPEndPoint.Parse("[::]:8444")),
                new ListenerOptions("explicit", ListenerKind.Explicit, IPEndPoint.Parse("127.0.0.1:3128")),
            ],
            options.Proxy.Listeners);
        Assert.Equal([6, 11, 4, 7200, 30, 10], new[]
        {
            options.Proxy.FirstByteTimeout, options.Proxy.ClientHelloTimeout, options.Proxy.ConnectTimeout, options.Proxy.IdleTimeout, options.Proxy.HalfClosedTimeout,
            options.Proxy.DrainTimeout,
        }.Select(time => time.TotalSeconds));
        Assert.Equal((16384, 500, 50, 20), (options.Proxy.ClientHelloMaxBytes, options.Proxy.MaxConnections, options.Proxy.MaxConnectionsPerSandbox, options.Proxy.NewConnectionsPerSecondPerSandbox));
        Assert.Equal([21, 22], options.Proxy.ServerFirstPorts.Order());

        Assert.Equal(("[::]:1054", DnsMode.Synthetic, BlockedAnswer.NxDomain), (options.Dns.Endpoint, options.Dns.Mode, options.Dns.BlockedAnswer));
        Assert.Equal(["192.0.2.53", "[2001:db8::53]:54"], options.Dns.Upstreams);
        Assert.Equal(["198.18.0.0/16", "fd98:19::/64"], options.Dns.SyntheticPool.Select(block => block.ToString()));
        Assert.Equal(1000, options.Dns.SyntheticNamesPerSandbox);
        Assert.Equal(["svc.cluster.local"], options.Dns.LocalSuffixes);
        Assert.Equal((7, 8, 9, 12.0), (options.Dns.QueriesPerSecondPerSandbox, options.Dns.InFlightPerSandbox, options.Dns.TcpConnectionsPerSandbox, options.Dns.TcpIdleTimeout.TotalSeconds));
        var tunnelling = options.Dns.Tunnelling;
        Assert.Equal((10, 11, 12, 13, 3.5, 60.0), (tunnelling.Names, tunnelling.QueriesPerMinute, tunnelling.LabelLength, tunnelling.NameLength, tunnelling.Entropy, tunnelling.DenyFor.TotalSeconds));
        Assert.Equal(("127.0.0.1:9444", "127.0.0.1:9091"), (options.Api.Endpoint.ToString(), options.Api.Metrics?.ToString()));
        Assert.Equal((folder.File("rules"), "standard", "guests"), (options.Policies.Folder, options.Policies.Default, options.Policies.Unknown));

        var binding = Assert.Single(options.Bindings);
        Assert.Equal(("ci", "10.77.0.0/16", "veth-ci", "ci"), (binding.Policy, binding.Source?.ToString(), binding.Interface, binding.Labels["service"]));
        var sandbox = Assert.Single(options.Sandboxes);
        Assert.Equal(("dev", "veth1", "agents", Mode.Shadow, true, true, "a"), (sandbox.Id, sandbox.Interface, sandbox.Policy, sandbox.Mode, sandbox.Strict, sandbox.Paused, sandbox.Labels["team"]));
        Assert.Equal(["10.77.0.2", "fd77::2"], sandbox.Addresses.Select(address => address.ToString()));
        Assert.Equal(["10.1.0.0/16"], options.GuardExempt.Select(block => block.ToString()));
        Assert.Equal((400.0, "/var/log/events.jsonl"), (options.Events.Retention.TotalDays, options.Events.JsonLines));
        Assert.Equal((1_000_000, 7), (options.Events.MaxFileBytes, options.Events.KeptFiles));
        Assert.Equal(("egress", false), (options.Enforcement.Table, options.Enforcement.CheckRules));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "SniProxy": {} }""")]
    [InlineData("""{ "SniProxy": null }""")]
    [InlineData("""{ "SniProxy": { "Proxy": null, "Dns": null, "Sandboxes": null } }""")]
    public void WhatIsNotWrittenIsTheDefault(string json)
    {
        var options = Load(json);
        Assert.Empty(options.Proxy.Listeners);
        Assert.Null(options.Proxy.MaxConnections);
        Assert.Equal((5.0, 10.0, 32768, 5.0, 3600.0, 60.0, 1000, 200, 30.0), (
            options.Proxy.FirstByteTimeout.TotalSeconds, options.Proxy.ClientHelloTimeout.TotalSeconds, options.Proxy.ClientHelloMaxBytes,
            options.Proxy.ConnectTimeout.TotalSeconds, options.Proxy.IdleTimeout.TotalSeconds, options.Proxy.HalfClosedTimeout.TotalSeconds,
            options.Proxy.MaxConnectionsPerSandbox, options.Proxy.NewConnectionsPerSecondPerSandbox, options.Proxy.DrainTimeout.TotalSeconds));
        Assert.Equal([21, 22, 25, 110, 119, 143, 587, 3306, 5900], options.Proxy.ServerFirstPorts.Order());
        Assert.Equal(["system"], options.Dns.Upstreams);
        Assert.Equal(("[::]:1053", "127.0.0.1:9443", "127.0.0.1:9090"), (options.Dns.Endpoint, options.Api.Endpoint.ToString(), options.Api.Metrics?.ToString()));
        Assert.Equal((folder.File("policies"), "default", "deny-all"), (options.Policies.Folder, options.Policies.Default, options.Policies.Unknown));
        Assert.Equal(("events.jsonl", 30.0), (options.Events.JsonLines, options.Events.Retention.TotalDays));
        Assert.Equal((64 << 20, 32), (options.Events.MaxFileBytes, options.Events.KeptFiles));
        Assert.Equal(folder.File("data"), options.DataFolder);
    }

    [Fact]
    public void NullSwitchesOffWhereThatMeansSomething()
    {
        var options = Load("""{ "SniProxy": { "Api": { "Metrics": null }, "Events": { "JsonLines": null }, "Proxy": { "MaxConnections": null } } }""");
        Assert.Null(options.Api.Metrics);
        Assert.Null(options.Events.JsonLines);
        Assert.Null(options.Proxy.MaxConnections);
    }

    [Theory]
    [InlineData("""{ "MaxConnections": 100 }""")]
    [InlineData("""{ "MaxConnections": 100, "MaxConnectionsPerSandbox": 100 }""")]
    [InlineData("""{ "MaxConnectionsPerSandbox": 100000 }""")]
    public void OnlyWhatIsWrittenCanContradictItself(string proxy) => Assert.NotNull(Load($$"""{ "SniProxy": { "Proxy": {{proxy}} } }"""));

    [Fact]
    public void AnEmptyListIsNoDefault()
    {
        Assert.Empty(Load("""{ "SniProxy": { "Proxy": { "ServerFirstPorts": [] } } }""").Proxy.ServerFirstPorts);
        Assert.Contains("SniProxy:Dns:Upstreams", Assert.Single(Errors("""{ "SniProxy": { "Dns": { "Upstreams": [] } } }""")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "DataFoldr": "x" }""", "SniProxy:DataFoldr", "DataFolder")]
    [InlineData("""{ "Proxy": { "ConectTimeout": "00:00:01" } }""", "SniProxy:Proxy:ConectTimeout", "ConnectTimeout")]
    [InlineData("""{ "Proxy": { "Listeners": [{ "Name": "a", "Kind": "Explicit", "Endpoint": "127.0.0.1:1", "Endpont": "x" }] } }""", "SniProxy:Proxy:Listeners:0:Endpont", "Endpoint")]
    [InlineData("""{ "Dns": { "Upstream": ["system"] } }""", "SniProxy:Dns:Upstream", "Upstreams")]
    [InlineData("""{ "Api": { "Metric": "127.0.0.1:1" } }""", "SniProxy:Api:Metric", "Metrics")]
    [InlineData("""{ "Policies": { "Defaults": "x" } }""", "SniProxy:Policies:Defaults", "Default")]
    [InlineData("""{ "Policies": { "Bindings": [{ "Policy": "a", "Interface": "b", "Sources": "c" }] } }""", "SniProxy:Policies:Bindings:0:Sources", "Source")]
    [InlineData("""{ "Sandboxes": [{ "Id": "a", "Addresses": ["10.0.0.1"], "Polcy": "c" }] }""", "SniProxy:Sandboxes:0:Polcy", "Policy")]
    [InlineData("""{ "Guard": { "Exempts": [] } }""", "SniProxy:Guard:Exempts", "Exempt")]
    [InlineData("""{ "Storage": { "Provder": "Sqlite" } }""", "SniProxy:Storage:Provder", "Provider")]
    [InlineData("""{ "Events": { "Json": "x", "Retenton": "1.00:00:00" } }""", "SniProxy:Events:Retenton", "Retention")]
    public void AnUnknownKeyIsAnErrorThatKnowsWhatWasMeant(string section, string key, string meant)
    {
        var error = Assert.Single(Errors($$"""{ "SniProxy": {{section}} }"""), error => error.StartsWith($"{key}: ", StringComparison.Ordinal));
        Assert.Contains($"Did you mean \"{meant}\"?", error, StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyLikeNoOtherIsAnsweredWithTheKnownOnes() => Assert.Contains(
        "Known here: CheckRules, Table.", Assert.Single(Errors("""{ "SniProxy": { "Enforcement": { "Something": 1 } } }""")), StringComparison.Ordinal);

    [Fact]
    public void AMisspeltRootIsNotTakenForAnEmptyConfiguration() =>
        Assert.Contains("Did you mean \"SniProxy\"?", Assert.Single(Errors("""{ "SniProxi": { "DataFolder": "x" } }""")), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "Proxy": "x" }""", "SniProxy:Proxy:")]
    [InlineData("""{ "DataFolder": ["x"] }""", "SniProxy:DataFolder:")]
    [InlineData("""{ "DataFolder": { "x": 1 } }""", "SniProxy:DataFolder:")]
    [InlineData("""{ "Sandboxes": "x" }""", "SniProxy:Sandboxes:")]
    [InlineData("""{ "Sandboxes": { "Id": "x" } }""", "SniProxy:Sandboxes:Id:")]
    [InlineData("""{ "Proxy": { "ConnectTimeout": "5" } }""", "SniProxy:Proxy:ConnectTimeout:")]
    [InlineData("""{ "Proxy": { "ConnectTimeout": 5 } }""", "SniProxy:Proxy:ConnectTimeout:")]
    [InlineData("""{ "Proxy": { "ConnectTimeout": "00:00:00" } }""", "SniProxy:Proxy:ConnectTimeout:")]
    [InlineData("""{ "Proxy": { "ConnectTimeout": "-00:00:05" } }""", "SniProxy:Proxy:ConnectTimeout:")]
    [InlineData("""{ "Proxy": { "ConnectTimeout": "40.00:00:00" } }""", "SniProxy:Proxy:ConnectTimeout:")]
    [InlineData("""{ "Proxy": { "ClientHelloMaxBytes": "many" } }""", "SniProxy:Proxy:ClientHelloMaxBytes:")]
    [InlineData("""{ "Proxy": { "ClientHelloMaxBytes": 1e3 } }""", "SniProxy:Proxy:ClientHelloMaxBytes:")]
    [InlineData("""{ "Proxy": { "MaxConnections": 0 } }""", "SniProxy:Proxy:MaxConnections:")]
    [InlineData("""{ "Proxy": { "MaxConnections": -1 } }""", "SniProxy:Proxy:MaxConnections:")]
    [InlineData("""{ "Proxy": { "MaxConnections": 100, "MaxConnectionsPerSandbox": 101 } }""", "SniProxy:Proxy:MaxConnectionsPerSandbox:")]
    [InlineData("""{ "Proxy": { "ServerFirstPorts": [70000] } }""", "SniProxy:Proxy:ServerFirstPorts:")]
    [InlineData("""{ "Proxy": { "ServerFirstPorts": 22 } }""", "SniProxy:Proxy:ServerFirstPorts:")]
    [InlineData("""{ "Proxy": { "Listeners": ["x"] } }""", "SniProxy:Proxy:Listeners:0:Name:")]
    [InlineData("""{ "Proxy": { "Listeners": [{ "Name": "a", "Kind": "Socks", "Endpoint": "127.0.0.1:1" }] } }""", "SniProxy:Proxy:Listeners:0:Kind:")]
    [InlineData("""{ "Proxy": { "Listeners": [{ "Name": "a", "Kind": "1", "Endpoint": "127.0.0.1:1" }] } }""", "SniProxy:Proxy:Listeners:0:Kind:")]
    [InlineData("""{ "Proxy": { "Listeners": [{ "Name": "a", "Kind": "Explicit", "Endpoint": "127.0.0.1" }] } }""", "SniProxy:Proxy:Listeners:0:Endpoint:")]
    [InlineData("""{ "Proxy": { "Listeners": [{ "Name": "a", "Kind": "Explicit", "Endpoint": "::1" }] } }""", "SniProxy:Proxy:Listeners:0:Endpoint:")]
    [InlineData("""{ "Proxy": { "Listeners": [{ "Kind": "Explicit", "Endpoint": "127.0.0.1:1" }] } }""", "SniProxy:Proxy:Listeners:0:Name:")]
    [InlineData("""{ "Dns": { "Upstreams": "system" } }""", "SniProxy:Dns:Upstreams:")]
    [InlineData("""{ "Dns": { "Upstreams": ["resolver.example"] } }""", "SniProxy:Dns:Upstreams:0")]
    [InlineData("""{ "Dns": { "Mode": "Invented" } }""", "SniProxy:Dns:Mode")]
    [InlineData("""{ "Dns": { "SyntheticPool": [] } }""", "SniProxy:Dns:SyntheticPool")]
    [InlineData("""{ "Dns": { "SyntheticPool": ["127.0.0.0/8"] } }""", "SniProxy:Dns:SyntheticPool:0")]
    [InlineData("""{ "Dns": { "SyntheticPool": ["198.18.0.0/15", "198.19.0.0/16"] } }""", "SniProxy:Dns:SyntheticPool:1")]
    [InlineData("""{ "Dns": { "SyntheticNamesPerSandbox": 0 } }""", "SniProxy:Dns:SyntheticNamesPerSandbox:")]
    [InlineData("""{ "Dns": { "SyntheticPool": ["x"] } }""", "SniProxy:Dns:SyntheticPool:")]
    [InlineData("""{ "Api": { "Endpoint": "0.0.0.0:9443" } }""", "SniProxy:Api:Endpoint:")]
    [InlineData("""{ "Policies": { "Bindings": [{ "Interface": "a" }] } }""", "SniProxy:Policies:Bindings:0:Policy:")]
    [InlineData("""{ "Policies": { "Bindings": [{ "Policy": "a" }] } }""", "SniProxy:Policies:Bindings:0:")]
    [InlineData("""{ "Policies": { "Bindings": [{ "Policy": "a", "Source": "10.0.0.1/8" }] } }""", "SniProxy:Policies:Bindings:0:Source:")]
    [InlineData("""{ "Sandboxes": [{ "Id": "a", "Addresses": [] }] }""", "SniProxy:Sandboxes:0:Addresses:")]
    [InlineData("""{ "Sandboxes": [{ "Id": "a", "Addresses": ["10.0.0"] }] }""", "SniProxy:Sandboxes:0:Addresses:")]
    [InlineData("""{ "Sandboxes": [{ "Id": "a", "Addresses": ["10.0.0.1"], "Strict": "perhaps" }] }""", "SniProxy:Sandboxes:0:Strict:")]
    [InlineData("""{ "Sandboxes": [{ "Id": "a", "Addresses": ["10.0.0.1"], "Mode": "lenient" }] }""", "SniProxy:Sandboxes:0:Mode:")]
    [InlineData("""{ "Sandboxes": [{ "Id": "a", "Addresses": ["10.0.0.1"], "Labels": "x" }] }""", "SniProxy:Sandboxes:0:Labels:")]
    [InlineData("""{ "Sandboxes": [{ "Id": "a", "Addresses": ["10.0.0.1"], "Labels": { "a": { "b": "c" } } }] }""", "SniProxy:Sandboxes:0:Labels:a:")]
    [InlineData("""{ "Sandboxes": [{ "Id": "a", "Addresses": ["10.0.0.1"] }, { "Id": "a", "Addresses": ["10.0.0.2"] }] }""", "SniProxy:Sandboxes:")]
    [InlineData("""{ "Sandboxes": [{ "Id": "a", "Addresses": ["10.0.0.1"] }, { "Id": "b", "Addresses": ["::ffff:10.0.0.1"] }] }""", "SniProxy:Sandboxes:")]
    [InlineData("""{ "Guard": { "Exempt": ["everything"] } }""", "SniProxy:Guard:Exempt:")]
    [InlineData("""{ "Storage": { "Provider": "PostgreSql" } }""", "SniProxy:Storage:Provider:")]
    [InlineData("""{ "Events": { "Otlp": "http://127.0.0.1:4317" } }""", "SniProxy:Events:Otlp:")]
    [InlineData("""{ "Events": { "Retention": "forever" } }""", "SniProxy:Events:Retention:")]
    public void AWrongValueIsAnErrorThatNamesItsKey(string section, string key) =>
        Assert.Contains(Errors($$"""{ "SniProxy": {{section}} }"""), error => error.StartsWith(key, StringComparison.Ordinal));

    [Fact]
    public void GuestsMayShareAnAddressOnInterfacesOfTheirOwn() => Assert.Equal(2, Load("""
        { "SniProxy": { "Sandboxes": [
          { "Id": "a", "Addresses": ["10.0.0.1"], "Interface": "tap0" },
          { "Id": "b", "Addresses": ["10.0.0.1"], "Interface": "tap1" }] } }
        """).Sandboxes.Count);

    [Fact]
    public void AllErrorsAreToldAtOnce() => Assert.Equal(4, Errors("""
        { "SniProxy": { "Proxy": { "ConnectTimeout": "x", "Nonsense": 1 }, "Api": { "Endpoint": "y" }, "Guard": { "Exempt": ["z"] } } }
        """).Count);

    [Fact]
    public void SettingsGoOverTheFile()
    {
        var options = Load(Everything, ("Proxy:ConnectTimeout", "00:00:01"), ("SniProxy:Dns:Upstreams:0", "192.0.2.1"), ("Proxy__IdleTimeout", "00:01:00"));
        Assert.Equal((1.0, 60.0, "192.0.2.1"), (options.Proxy.ConnectTimeout.TotalSeconds, options.Proxy.IdleTimeout.TotalSeconds, options.Dns.Upstreams[0]));
        Assert.StartsWith("SniProxy:Prxy: ", Assert.Single(Errors("{}", ("Prxy:ConnectTimeout", "00:00:01"))), StringComparison.Ordinal);
    }

    [Fact]
    public void AbsolutePathsStayWhatTheyAre()
    {
        var options = Load("""{ "SniProxy": { "DataFolder": "/var/lib/sniproxy", "Policies": { "Folder": "../policies" } } }""");
        Assert.Equal("/var/lib/sniproxy", options.DataFolder);
        Assert.Equal(Path.GetFullPath("../policies", folder.Path), options.Policies.Folder);
    }

    [Theory]
    [InlineData("{ \"SniProxy\": ")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("""{ "SniProxy": { "DataFolder": "a", "datafolder": "b" } }""")]
    public void AFileThatIsNoJsonIsNamed(string text) => Assert.Contains(folder.File("appsettings.json"), Assert.Single(Errors(text)), StringComparison.Ordinal);

    [Fact]
    public void AMissingFileIsNamedAndAHiddenOneIsRead()
    {
        var missing = Assert.Throws<InvalidConfigurationException>(() => ApplianceConfiguration.Load(folder.File("gone.json"), []));
        Assert.Contains("gone.json: there is no such file", missing.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, Assert.Throws<InvalidConfigurationException>(() => ApplianceConfiguration.Load(folder.Path, [])).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File(".hidden.json"), "{}");
        Assert.Equal(folder.File("data"), ApplianceConfiguration.Load(folder.File(".hidden.json"), []).DataFolder);
    }

    private ApplianceOptions Load(string json, params (string Key, string Value)[] settings)
    {
        File.WriteAllText(folder.File("appsettings.json"), json);
        return ApplianceConfiguration.Load(folder.File("appsettings.json"), [.. settings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))]);
    }

    private IReadOnlyList<string> Errors(string json, params (string Key, string Value)[] settings) =>
        Assert.Throws<InvalidConfigurationException>(() => Load(json, settings)).Errors;
}
