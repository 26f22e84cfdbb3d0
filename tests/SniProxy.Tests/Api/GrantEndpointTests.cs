using SniProxy.Api;

namespace SniProxy.Tests.Api;

/// <summary><c>/grants</c>: who may give one, what is read, and what stands in it.</summary>
public sealed class GrantEndpointTests : IAsyncLifetime
{
    private const string Path = "/api/v1/grants";

    private ApiHost? started;

    private ApiHost Host => started ?? throw new InvalidOperationException("The host has not started.");

    public async ValueTask InitializeAsync()
    {
        started = await ApiHost.StartAsync();
        Assert.Equal(201, (await Host.SendAsync("PUT", "/api/v1/sandboxes/dev", """{"addresses":["10.0.0.1"]}""")).Status);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Fact]
    public async Task GivesListsAndTakesAway()
    {
        var given = await Host.SendAsync(
            "POST", Path, """{"sandbox":"dev","entries":["good.example","db.example:5432"],"ttl":"15m","maxUses":2,"reason":"fixtures"}""", Role.Developer);
        Assert.Equal(201, given.Status);
        var id = given.Body.GetProperty("id").GetString();
        var grant = Assert.Single(Host.Grants.All);
        Assert.Equal((id, "dev", TimeSpan.FromMinutes(15), 2, "fixtures", "developer", false),
            (grant.Id, grant.Sandbox, grant.Ttl, grant.MaxUses, grant.Reason, grant.Actor, grant.IsByAdmin));
        Assert.Equal(Host.Registry.Get("dev")?.Lifecycle, grant.Lifecycle);
        Assert.Equal(("15m", 0, "developer"), (given.Body.GetProperty("ttl").GetString(), given.Body.GetProperty("uses").GetInt32(), given.Body.GetProperty("actor").GetString()));
        Assert.Equal(TimeSpan.FromMinutes(15), given.Body.GetProperty("expires").GetDateTimeOffset() - given.Body.GetProperty("created").GetDateTimeOffset());

        var list = await Host.SendAsync("GET", Path, role: Role.Developer);
        Assert.Equal(id, Assert.Single(list.Body.GetProperty("items").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(204, (await Host.SendAsync("DELETE", $"{Path}/{id}", role: Role.Developer)).Status);
        Assert.Empty(Host.Grants.All);
        (await Host.SendAsync("DELETE", $"{Path}/{id}")).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task AnAdminsOpensPrivateAddressesAndSaysSo()
    {
        var given = await Host.SendAsync("POST", Path, """{"labels":{"phase":"build"},"entries":["10.1.2.3:5432"],"ttl":"00:00:02"}""");
        Assert.Equal((201, true), (given.Status, given.Body.GetProperty("admin").GetBoolean()));
        var grant = Assert.Single(Host.Grants.All);
        Assert.Equal((null, "build", TimeSpan.FromSeconds(2), true), (grant.Sandbox, grant.Labels["phase"], grant.Ttl, grant.IsByAdmin));
    }

    [Fact]
    public async Task AMemberMayNeitherGiveNorSeeThem()
    {
        (await Host.SendAsync("POST", Path, """{"sandbox":"dev","entries":["good.example"],"ttl":"15m"}""", Role.Member)).IsProblem(403, "role_too_low");
        (await Host.SendAsync("GET", Path, role: Role.Member)).IsProblem(403, "role_too_low");
        (await Host.SendAsync("DELETE", $"{Path}/x", role: Role.Member)).IsProblem(403, "role_too_low");
        Assert.Empty(Host.Grants.All);
    }

    [Theory]
    [InlineData("""{"entries":["good.example"],"ttl":"15m"}""", "sandbox: say whom")]
    [InlineData("""{"sandbox":"dev","labels":{"a":"b"},"entries":["good.example"],"ttl":"15m"}""", "sandbox: say whom")]
    [InlineData("""{"sandbox":"nobody","entries":["good.example"],"ttl":"15m"}""", "no sandbox \"nobody\"")]
    [InlineData("""{"sandbox":"dev","entries":[],"ttl":"15m"}""", "entries: write 1 to 100")]
    [InlineData("""{"sandbox":"dev","entries":["good.example","https://good.example/path"],"ttl":"15m"}""", "entries[1]: \"https://good.example/path\" has a path")]
    [InlineData("""{"sandbox":"dev","entries":["good.example"],"ttl":"soon"}""", "ttl: \"soon\" is no time: write a whole number")]
    [InlineData("""{"sandbox":"dev","entries":["good.example"],"ttl":"0s"}""", "ttl: ")]
    [InlineData("""{"sandbox":"dev","entries":["good.example"],"ttl":"8d"}""", "ttl: ")]
    [InlineData("""{"sandbox":"dev","entries":["good.example"],"ttl":"-00:00:05"}""", "ttl: ")]
    [InlineData("""{"sandbox":"dev","entries":["good.example"],"ttl":"15m","maxUses":0}""", "maxUses: 0 is not from 1")]
    [InlineData("""{"sandbox":"dev","entries":["good.example"],"ttl":"15m","reason":"a\nb"}""", "reason: ")]
    public async Task RefusesWithWhatToWriteInstead(string body, string detail)
    {
        var answer = await Host.SendAsync("POST", Path, body);
        answer.IsProblem(422, "invalid");
        Assert.Contains(detail, answer.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(Host.Grants.All);
    }

    [Theory]
    [InlineData("""{"sandbox":"dev","entries":["good.example"]}""")]
    [InlineData("""{"sandbox":"dev","entries":["good.example"],"ttl":"15m","maxuses":1}""")]
    public async Task RefusesWhatIsMissingOrMisspelt(string body) => (await Host.SendAsync("POST", Path, body)).IsProblem(400, "malformed_json");
}
