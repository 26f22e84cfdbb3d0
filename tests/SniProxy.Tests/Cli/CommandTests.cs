using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using SniProxy.Cli;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Cli;

/// <summary>The command as a script meets it: exit statuses, what goes to which stream.</summary>
public sealed class CommandTests : IDisposable
{
    private const string Policy = """
        name: ci
        rules:
          - allow: ["*.good.example", "ssh://git.example"]
            label: what builds need
          - audit: [watched.example]
        """;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task WithoutAVerbThereIsHelp()
    {
        var (status, output, error) = await RunAsync();
        Assert.Equal((0, string.Empty), (status, error));
        Assert.All(
            new[] { "run", "exec", "check", "test", "policy", "rules", "doctor", "sandbox", "strict", "grant" },
            verb => Assert.Contains($"\n  {verb} ", output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task EveryVerbExplainsItselfWithAnExample()
    {
        var verbs = SniProxyCommand.Create().Subcommands;
        Assert.Equal(10, verbs.Count);
        foreach (var verb in verbs)
        {
            var (status, output, _) = await RunAsync(verb.Name, "--help");
            Assert.Equal(0, status);
            Assert.Matches($@"Example: (sudo )?sniproxy {verb.Name}\b", output);
        }
    }

    [Fact]
    public void EveryVerbThatNeedsTheConfigurationTakesOne() => Assert.All(
        SniProxyCommand.Create().Subcommands.Where(verb => verb.Subcommands.Count == 0),
        verb => Assert.Contains(verb.Options, option => option.Name == "--config"));

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("run --nonsense")]
    [InlineData("run --config")]
    [InlineData("test")]
    [InlineData("test good.example")]
    [InlineData("test --policy p.yaml")]
    [InlineData("test --policy p.yaml --sandbox s good.example")]
    [InlineData("test --policy p.yaml --output xml good.example")]
    [InlineData("rules")]
    [InlineData("rules --interface veth1 --apply --remove")]
    [InlineData("exec")]
    [InlineData("exec --mode lenient -- true")]
    [InlineData("exec --mode 7 -- true")]
    [InlineData("exec --mode 1 -- true")]
    public async Task WrongUsageEndsWithTwoAndSaysWhereHelpIs(string line)
    {
        var (status, output, error) = await RunAsync(line.Split(' '));
        Assert.Equal((2, string.Empty), (status, output));
        Assert.StartsWith("sniproxy: ", error, StringComparison.Ordinal);
        Assert.Matches("^sniproxy: see sniproxy .*--help$", error.TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public async Task TestPrintsATableAndEndsWithThreeWhenSomethingIsDenied()
    {
        var (status, output, error) = await RunAsync("test", "--policy", Write("ci.yaml", Policy), "a.good.example", "evil.example");
        Assert.Equal((3, string.Empty), (status, error));
        var lines = output.TrimEnd().Split('\n');
        Assert.StartsWith("DESTINATION", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^a\.good\.example\s+allow\s+rule\s+1 \(what builds need\)\s+ci\s", lines[1]);
        Assert.Matches(@"^evil\.example\s+deny\s+default\s+-\s+ci\s", lines[2]);
    }

    [Fact]
    public async Task TestPrintsJsonWithTheWalk()
    {
        var (status, output, _) = await RunAsync("test", "--policy", Write("ci.yaml", Policy), "--output", "json", "ssh://git.example", "watched.example");
        Assert.Equal(0, status);
        var answers = JsonDocument.Parse(output).RootElement;
        Assert.Equal(["allow", "audit"], answers.EnumerateArray().Select(answer => answer.GetProperty("verdict").GetString()));
        Assert.True(answers[0].GetProperty("walk").GetArrayLength() > 0);
    }

    [Fact]
    public async Task TestEndsWith78WhereThePolicyIsBrokenAndWith2WhereADestinationIs()
    {
        var broken = await RunAsync("test", "--policy", Write("broken.yaml", "rulez: []\nmode: lenient"), "good.example");
        Assert.Equal((78, string.Empty), (broken.Status, broken.Output));
        Assert.Equal(2, broken.Error.TrimEnd().Split('\n').Length);
        Assert.Contains("broken.yaml", broken.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("test", "--policy", Write("ci.yaml", Policy), "https://good.example/path")).Status);
        Assert.Equal(78, (await RunAsync("test", "--policy", folder.File("gone.yaml"), "good.example")).Status);
    }

    [Fact]
    public async Task TestOfASandboxWithoutAnApplianceEndsWith69()
    {
        var (status, _, error) = await RunAsync("test", "--sandbox", "dev", "--server", "http://127.0.0.1:1", "--token", "x", "good.example");
        Assert.Equal(69, status);
        Assert.NotEmpty(error);
    }

    [Fact]
    public async Task CheckIsContentWithWhatIsGood()
    {
        Write("policies/ci.yaml", Policy);
        var (status, output, error) = await RunAsync("check", "--config", Configuration("""{ "Policies": { "Default": "ci" } }"""));
        Assert.Equal((0, string.Empty), (status, error));
        Assert.Equal($"The configuration and 1 policy in {folder.File("policies")} are good.\n", output);
    }

    [Fact]
    public async Task CheckPrintsEveryErrorOfTheConfiguration()
    {
        var (status, output, error) = await RunAsync("check", "--config", Configuration("""{ "Proxy": { "ConnectTimeout": "x" }, "Nonsense": 1 }"""));
        Assert.Equal((78, string.Empty), (status, output));
        Assert.Contains("sniproxy: SniProxy:Proxy:ConnectTimeout: ", error, StringComparison.Ordinal);
        Assert.Contains("sniproxy: SniProxy:Nonsense: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckPrintsEveryErrorOfThePolicies()
    {
        Write("policies/a.yaml", "name: twice\nrules: []");
        Write("policies/b.yaml", "name: twice\nrules: []");
        Write("policies/c.yaml", "rulez: []");
        Write("policies/d.yaml", "mode: lenient\ndefault: perhaps");
        var (status, _, error) = await RunAsync("check", "--config", Configuration("""
            { "Policies": { "Default": "missing", "Bindings": [{ "Policy": "absent", "Interface": "veth1" }] },
              "Sandboxes": [{ "Id": "dev", "Addresses": ["10.0.0.1"], "Policy": "gone" }] }
            """));
        Assert.Equal(78, status);
        Assert.All(
            new[] { "\"twice\" is there twice", "c.yaml", "lenient", "perhaps", "no policy \"missing\"", "no policy \"absent\"", "no policy \"gone\"" },
            words => Assert.Contains(words, error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("run")]
    [InlineData("doctor")]
    [InlineData("rules --interface veth1")]
    public async Task AMissingConfigurationEndsWith78(string verb)
    {
        var (status, _, error) = await RunAsync([.. verb.Split(' '), "--config", folder.File("gone.json")]);
        Assert.Equal(78, status);
        Assert.Contains("gone.json: there is no such file", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunEndsWith78WhereTheConnectionsDoNotFit()
    {
        var configuration = Configuration("""{ "Proxy": { "MaxConnections": 9000000 }, "Api": { "Endpoint": "127.0.0.1:0", "Metrics": null } }""");
        var (status, _, error) = await RunAsync("run", "--config", configuration);
        Assert.Equal(78, status);
        Assert.Contains("MaxConnections is 9000000, but RLIMIT_NOFILE", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SetGoesOverTheFileAndNeedsAValue()
    {
        var configuration = Configuration("{}");
        var wrong = await RunAsync("check", "--config", configuration, "--set", "Proxy:ConnectTimeout=soon");
        Assert.Equal(78, wrong.Status);
        Assert.Contains("\"soon\" is not a duration", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("check", "--config", configuration, "--set", "Proxy:ConnectTimeout")).Status);
    }

    [Fact]
    public async Task RulesArePrintedForTheInterfacesNamed()
    {
        var configuration = Configuration("""{ "Proxy": { "Listeners": [{ "Name": "t", "Kind": "Redirect", "Endpoint": "[::]:8443" }] } }""");
        var (status, output, error) = await RunAsync("rules", "--config", configuration, "--interface", "veth1", "--interface", "veth2");
        Assert.Equal((0, string.Empty), (status, error));
        Assert.All(new[] { "table inet", "veth1", "veth2", "8443" }, words => Assert.Contains(words, output, StringComparison.Ordinal));
        Assert.Equal(78, (await RunAsync("rules", "--config", configuration, "--interface", "veth1", "--listener", "other")).Status);
        Assert.Equal(2, (await RunAsync("rules", "--config", configuration, "--interface", "no good name")).Status);
    }

    [Fact]
    public async Task ExecRefusesWhatItCannotReadBeforeItMakesAnything()
    {
        Assert.Equal(78, (await RunAsync("exec", "--allow", "https://good.example/path", "--", "true")).Status);
        Assert.Equal(
            (78, string.Empty, "sniproxy: --policy /nowhere/ci.yaml: there is no such file.\n"),
            await RunAsync("exec", "--policy", "/nowhere/ci.yaml", "--", "true"));
        Assert.Equal(78, (await RunAsync("exec", "--policy", "/", "--", "true")).Status);
        Assert.Equal(2, (await RunAsync("exec", "--policy", Write("ci.yaml", Policy), "--allow", "good.example", "--", "true")).Status);
    }

    // In a process of its own, because the environment is everybody's.
    [Theory]
    [InlineData("SniProxy__Proxy__ConnectTimeout", "soon", 78, "SniProxy:Proxy:ConnectTimeout: \"soon\" is not a duration")]
    [InlineData("SNIPROXY__PROXY__CONNECTTIMEOUT", "00:00:02", 0, "")]
    [InlineData("SniProxy__Proxy__ConectTimeout", "00:00:02", 78, "Did you mean \"ConnectTimeout\"?")]
    public async Task TheEnvironmentGoesOverTheFile(string name, string value, int status, string words)
    {
        Write("policies/default.yaml", "rules: []");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "sniproxy"), ["check", "--config", Configuration("{}")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException();
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(status, process.ExitCode);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = await SniProxyCommand.RunAsync(arguments, output, error);
        return (status, output.ToString(), error.ToString());
    }

    private string Write(string name, string text)
    {
        var file = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file) ?? folder.Path);
        File.WriteAllText(file, text);
        return file;
    }

    private string Configuration(string section) => Write("appsettings.json", $$"""{ "SniProxy": {{section}} }""");
}
