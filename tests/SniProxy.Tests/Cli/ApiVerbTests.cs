using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SniProxy.Api;
using SniProxy.Cli;
using SniProxy.Core.Contract;
using SniProxy.Tests.Api;

namespace SniProxy.Tests.Cli;

public sealed class ApiVerbTests : IAsyncLifetime
{
    private ApiHost? started;

    private ApiHost Host => started ?? throw new InvalidOperationException("The host has not started.");

    private string Configuration => Path.Combine(Host.DataFolder, "appsettings.json");

    public async ValueTask InitializeAsync()
    {
        started = await ApiHost.StartAsync();
        ApiDiscovery.Write(Host.DataFolder, Host.Address);
        await File.WriteAllTextAsync(Configuration, """{"SniProxy":{"DataFolder":"."}}""");
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Fact]
    public async Task FindsServerAndTokenInTheDataFolder()
    {
        var (status, output, error) = await RunAsync("strict", "on", "--percent", "40", "--config", Configuration);
        Assert.Equal((0, string.Empty), (status, error));
        Assert.Equal((true, 40), (Host.Book.Strict.On, Host.Book.Strict.Percent));
        Assert.Equal("on         yes\npercent    40\npolicies   -\nsandboxes  -\nrevision   2\n", output);
    }

    [Fact]
    public async Task TakesServerAndTokenFromOptions()
    {
        var (status, output, _) = await RunAsync("strict", "status", "--server", Host.Address.Authority, "--token", Host.TokenOf(Role.Developer), "--output", "json");
        Assert.Equal(0, status);
        Assert.False(JsonDocument.Parse(output).RootElement.GetProperty("on").GetBoolean());
    }

    [Fact]
    public async Task SwitchesStrictOfAPolicyAndOfASandbox()
    {
        await AddAsync("dev", "10.0.0.1");
        Assert.Equal(0, (await RunAsync("strict", "on", "--policy", "deny-all", "--config", Configuration)).Status);
        Assert.Equal(0, (await RunAsync("strict", "on", "--sandbox", "dev", "--config", Configuration)).Status);
        Assert.False(Host.Book.Strict.On);
        Assert.Equal(["deny-all"], Host.Book.Strict.Policies);
        Assert.True(Host.Registry.Get("dev")?.Strict);
        Assert.Matches("policies +deny-all\nsandboxes +dev\n", (await RunAsync("strict", "status", "--config", Configuration)).Output);
        Assert.Equal(0, (await RunAsync("strict", "off", "--sandbox", "dev", "--config", Configuration)).Status);
        Assert.False(Host.Registry.Get("dev")?.Strict);
    }

    [Fact]
    public async Task GivesListsAndTakesAwayAGrant()
    {
        await AddAsync("dev", "10.0.0.1");
        var (status, output, error) = await RunAsync(
            "grant", "add", "--sandbox", "dev", "--ttl", "15m", "--max-uses", "1", "--reason", "fixtures", "good.example", "db.example:5432", "--config", Configuration, "--output", "json");
        Assert.Equal((0, string.Empty), (status, error));
        var grant = Assert.Single(Host.Grants.All);
        Assert.Equal(grant.Id, JsonDocument.Parse(output).RootElement.GetProperty("id").GetString());
        Assert.Equal((1, "fixtures", 2), (grant.MaxUses, grant.Reason, grant.Entries.Count));
        var list = await RunAsync("grant", "list", "--config", Configuration);
        Assert.Contains(grant.Id, list.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("grant", "remove", grant.Id, "--config", Configuration)).Status);
        Assert.Empty(Host.Grants.All);
        Assert.Equal(1, (await RunAsync("grant", "remove", grant.Id, "--config", Configuration)).Status);
        Assert.Equal(0, (await RunAsync("grant", "add", "--label", "phase=build", "--ttl", "2h", "good.example", "--config", Configuration)).Status);
        Assert.Equal("build", Assert.Single(Host.Grants.All).Labels["phase"]);
        Assert.Contains("--sandbox or --label", Assert.Single(CreateRoot().Parse(["grant", "add", "--ttl", "2h", "good.example"]).Errors).Message, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("grant", "add", "--sandbox", "dev", "--ttl", "soon", "good.example", "--config", Configuration)).Status);
    }

    [Fact]
    public async Task RegistersShowsAndRemovesASandbox()
    {
        var added = await RunAsync(
            "sandbox", "add", "dev", "--address", "10.77.0.2", "--address", "fd77::2", "--mode", "shadow", "--label", "team=a", "--output", "yaml", "--config", Configuration);
        Assert.Equal((0, string.Empty), (added.Status, added.Error));
        Assert.StartsWith("id: dev\naddresses:\n  - \"10.77.0.2\"\n  - \"fd77::2\"\ninterface: null\n", added.Output, StringComparison.Ordinal);
        Assert.Contains("\nlabels:\n  team: a\n", added.Output, StringComparison.Ordinal);
        Assert.Equal(Mode.Shadow, Host.Registry.Get("dev")?.Mode);
        Assert.Equal(0, (await RunAsync("sandbox", "show", "dev", "--config", Configuration)).Status);
        Assert.Equal(0, (await RunAsync("sandbox", "remove", "dev", "--config", Configuration)).Status);
        var missing = await RunAsync("sandbox", "show", "dev", "--config", Configuration);
        Assert.Equal((1, string.Empty, "sniproxy: There is no sandbox \"dev\"; \"sniproxy sandbox list\" (GET /sandboxes) shows those there are.\n"), missing);
    }

    [Fact]
    public async Task GivesASignal()
    {
        await AddAsync("dev", "10.77.0.2");
        var given = await RunAsync("sandbox", "signal", "dev", "sensitive_read", "--output", "json", "--config", Configuration);
        Assert.Equal((0, string.Empty), (given.Status, given.Error));
        Assert.Equal("sensitive_read", Assert.Single(Host.Registry.Get("dev")?.Signals ?? []).Name);
        Assert.Equal(1, (await RunAsync("sandbox", "signal", "dev", "two words", "--config", Configuration)).Status);
    }

    [Fact]
    public async Task ListsAllPagesAsATable()
    {
        for (var i = 0; i < 101; i++)
        {
            await AddAsync($"s{i:D3}", $"10.0.0.{i + 1}");
        }

        var (status, output, _) = await RunAsync("sandbox", "list", "--config", Configuration);
        var lines = output.TrimEnd('\n').Split('\n');
        Assert.Equal((0, 102), (status, lines.Length));
        Assert.StartsWith("ID    ADDRESSES   INTERFACE  POLICY  MODE     STRICT  PAUSED  LABELS", lines[0], StringComparison.Ordinal);
        Assert.Equal(["s100", "10.0.0.101", "-", "-", "enforce", "no", "no", "-"], lines[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task PausesAndResumesASandbox()
    {
        await AddAsync("dev", "10.0.0.1");
        Assert.Equal(0, (await RunAsync("sandbox", "pause", "dev", "--config", Configuration)).Status);
        Assert.True(Host.Registry.Get("dev")?.Paused);
        Assert.Equal(0, (await RunAsync("sandbox", "resume", "dev", "--config", Configuration)).Status);
        Assert.False(Host.Registry.Get("dev")?.Paused);
        Assert.Equal(0, (await RunAsync("sandbox", "mode", "dev", "Observe", "--config", Configuration)).Status);
        Assert.Equal(Mode.Observe, Host.Registry.Get("dev")?.Mode);
        Assert.Equal(0, (await RunAsync("sandbox", "strict", "dev", "on", "--config", Configuration)).Status);
        Assert.True(Host.Registry.Get("dev")?.Strict);
    }

    [Fact]
    public async Task EndsWith69WhenNothingAnswers()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var (status, output, error) = await RunAsync("strict", "status", "--server", $"http://{taken.LocalEndPoint}", "--token", "x");
        Assert.Equal((69, string.Empty), (status, output));
        Assert.StartsWith("sniproxy: No appliance answers at http://127.0.0.1:", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndsWith69WhenNoApplianceHasRunHere()
    {
        File.Delete(Path.Combine(Host.DataFolder, "api.endpoint"));
        var (status, _, error) = await RunAsync("strict", "status", "--config", Configuration);
        Assert.Equal(69, status);
        Assert.Contains(Host.DataFolder, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SendsTheTokenOfTheDataFolderToItsOwnApplianceOnly()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        var (status, _, error) = await RunAsync("strict", "status", "--server", $"http://{stranger.LocalEndpoint}", "--config", Configuration);
        Assert.Equal(2, status);
        Assert.Contains("A token is needed", error, StringComparison.Ordinal);
        Assert.False(stranger.Pending());
    }

    [Theory]
    [InlineData("http://192.0.2.1:9443", "in the clear")]
    [InlineData("ftp://127.0.0.1", "is not an address")]
    public async Task RefusesAServerThatATokenMustNotGoTo(string server, string words)
    {
        var (status, _, error) = await RunAsync("strict", "status", "--server", server, "--token", "x");
        Assert.Equal(2, status);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SaysWhyTheApplianceRefuses()
    {
        var refused = await RunAsync("strict", "off", "--server", Host.Address.ToString(), "--token", Host.TokenOf(Role.Developer));
        Assert.Equal((1, string.Empty, "sniproxy: This needs a token with the role admin.\n"), refused);
        var unknown = await RunAsync("strict", "status", "--server", Host.Address.ToString(), "--token", "snip_wrong");
        Assert.Equal(1, unknown.Status);
        Assert.Contains("unknown or expired", unknown.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("snip_wrong", unknown.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("strict on --percent 0")]
    [InlineData("strict on --percent 101")]
    [InlineData("strict on --percent many")]
    [InlineData("strict on --percent 5 --policy p")]
    [InlineData("strict off --sandbox s --policy p")]
    [InlineData("strict off --percent 5")]
    [InlineData("strict on --output xml")]
    [InlineData("strict maybe")]
    [InlineData("sandbox add dev")]
    [InlineData("sandbox add dev --address 10.0.0.1 --mode loose")]
    [InlineData("sandbox add dev --address 10.0.0.1 --label team")]
    [InlineData("sandbox mode dev")]
    [InlineData("sandbox mode dev loose")]
    [InlineData("sandbox strict dev perhaps")]
    public void RefusesWrongUsageBeforeAnythingIsSent(string line) =>
        Assert.NotEmpty(CreateRoot().Parse(line).Errors);

    [Fact]
    public void EveryVerbShowsAnExample()
    {
        var verbs = CreateRoot().Subcommands.SelectMany(verb => verb.Subcommands.Append(verb)).ToList();
        Assert.True(verbs.Count >= 13);
        Assert.All(verbs, verb => Assert.Contains("Example: sniproxy ", verb.Description, StringComparison.Ordinal));
    }

    private static RootCommand CreateRoot() => new() { StrictVerb.Create(), GrantVerb.Create(), SandboxVerb.Create() };

    private static async Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var parsed = CreateRoot().Parse(arguments);
        Assert.Empty(parsed.Errors);
        var status = await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        return (status, output.ToString(), error.ToString());
    }

    private async Task AddAsync(string id, string address) =>
        Assert.Equal(201, (await Host.SendAsync("PUT", $"/api/v1/sandboxes/{id}", $$"""{"addresses":["{{address}}"]}""")).Status);
}
