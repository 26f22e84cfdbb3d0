using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SniProxy.Api;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Tests.Proxy;

namespace SniProxy.Tests.Api;

public sealed class ApiTests : IAsyncLifetime
{
    private ApiHost? started;

    private ApiHost Host => started ?? throw new InvalidOperationException("The host has not started.");

    public async ValueTask InitializeAsync() => started = await ApiHost.StartAsync();

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Fact]
    public async Task EveryEndpointNamesItsRoleAndRefusesAnonymous()
    {
        var endpoints = Host.Endpoints.ToList();
        Assert.True(endpoints.Count >= 12);
        foreach (var endpoint in endpoints.Where(e => e.RoutePattern.RawText is not ("/healthz" or "/readyz")))
        {
            var path = (endpoint.RoutePattern.RawText ?? string.Empty).Replace("{id}", "x", StringComparison.Ordinal);
            var method = endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.IHttpMethodMetadata>()?.HttpMethods[0] ?? "GET";
            (await Host.SendAsync(method, path, "{}", Role.None)).IsProblem(401, "no_token");
        }

        Assert.Equal("/forgotten", Assert.Single(endpoints, e => e.Metadata.GetMetadata<Access>() is null).RoutePattern.RawText);
    }

    [Fact]
    public async Task RefusesAnEndpointWithoutARoleToTheAdministratorToo() =>
        (await Host.SendAsync("GET", "/forgotten")).IsProblem(403, "role_too_low");

    [Theory]
    [InlineData("GET", "/api/v1/status", "member")]
    [InlineData("GET", "/api/v1/strict", "developer")]
    [InlineData("PUT", "/api/v1/strict", "developer")]
    [InlineData("GET", "/api/v1/sandboxes", "member")]
    [InlineData("GET", "/api/v1/sandboxes/x", "member")]
    [InlineData("PUT", "/api/v1/sandboxes/x", "developer")]
    [InlineData("DELETE", "/api/v1/sandboxes/x", "developer")]
    [InlineData("PUT", "/api/v1/sandboxes/x/mode", "developer")]
    [InlineData("POST", "/api/v1/sandboxes/x/signals", "developer")]
    [InlineData("POST", "/api/v1/test", "developer")]
    [InlineData("GET", "/metrics", "member")]
    public async Task NeedsExactlyTheRole(string method, string path, string needed)
    {
        foreach (var role in (Role[])[Role.Member, Role.Developer, Role.Admin])
        {
            var answer = await Host.SendAsync(method, path, method == "GET" ? null : "{}", role);
            Assert.Equal(role < RoleNames.Parse(needed), answer.Status == 403);
        }
    }

    [Fact]
    public async Task RefusesUnknownAndExpiredTokens()
    {
        var expired = Host.Tokens.Add("old", Role.Admin, DateTimeOffset.UtcNow.AddSeconds(-1), "test").Secret;
        foreach (var token in (string[])["snip_x", expired, expired + "x", string.Empty])
        {
            var answer = await Host.SendAsync("GET", "/api/v1/status", role: Role.None, change: r => r.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token));
            Assert.Equal(401, answer.Status);
            Assert.DoesNotContain(expired, answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task RefusesARemovedToken()
    {
        var (token, secret) = Host.Tokens.Add("gone", Role.Admin, null, "test");
        Assert.Equal(200, (await WithToken(secret)).Status);
        Assert.True(Host.Tokens.Remove(token.Id, "test"));
        (await WithToken(secret)).IsProblem(401, "bad_token");

        Task<ApiAnswer> WithToken(string text) =>
            Host.SendAsync("GET", "/api/v1/status", role: Role.None, change: r => r.Headers.TryAddWithoutValidation("Authorization", "Bearer " + text));
    }

    [Fact]
    public async Task AnswersProblemsForWhatIsNotThere()
    {
        (await Host.SendAsync("GET", "/api/v1/nothing")).IsProblem(404, "not_found");
        (await Host.SendAsync("GET", "/nothing", role: Role.None)).IsProblem(401, "no_token");
        (await Host.SendAsync("PATCH", "/api/v1/strict", "{}")).IsProblem(405, "method_not_allowed");
        (await Host.SendAsync("PATCH", "/api/v1/strict", "{}", Role.None)).IsProblem(401, "no_token");
        (await Host.SendAsync("GET", "/api/v1/sandboxes/none")).IsProblem(404, "not_found");
        (await Host.SendAsync("DELETE", "/api/v1/sandboxes/none")).IsProblem(404, "not_found");
        (await Host.SendAsync("PUT", "/api/v1/sandboxes/none/mode", """{"paused":true}""")).IsProblem(404, "not_found");
    }

    [Theory]
    [InlineData("{\"on\":true", 400, "malformed_json")]
    [InlineData("", 400, "malformed_json")]
    [InlineData("null", 400, "malformed_json")]
    [InlineData("[]", 400, "malformed_json")]
    [InlineData("{}", 400, "malformed_json")]
    [InlineData("{\"on\":\"yes\"}", 400, "malformed_json")]
    [InlineData("{\"on\":true,\"percnt\":5}", 400, "malformed_json")]
    [InlineData("{\"on\":true,\"on\":false}", 400, "malformed_json")]
    [InlineData("{\"on\":true,\"percent\":0}", 422, "invalid")]
    [InlineData("{\"on\":true,\"percent\":101}", 422, "invalid")]
    [InlineData("{\"on\":false,\"percent\":5}", 422, "invalid")]
    [InlineData("{\"on\":true,\"policy\":\"unknown\"}", 422, "invalid")]
    public async Task RefusesBodiesThatSaySomethingElse(string body, int status, string reason)
    {
        (await Host.SendAsync("PUT", "/api/v1/strict", body)).IsProblem(status, reason);
        Assert.False(Host.Book.Strict.On);
    }

    [Theory]
    [InlineData("{\"on\":true", "The body is no JSON (line 1, byte 10).")]
    [InlineData("{}", "The body is not a JSON object of the expected fields (line 1, byte 2): it needs on.")]
    [InlineData("{\"on\":\"yes\"}", "$.on (line 1, byte 11) is given twice or of the wrong kind; write true or false there, once.")]
    [InlineData("{\"on\":true,\"on\":false}", "$.on (line 1, byte 16) is given twice or of the wrong kind; write true or false there, once.")]
    [InlineData("{\"on\":true,\"percnt\":5}", "$.percnt (line 1, byte 20) is unknown: did you mean \"percent\"?")]
    [InlineData("{\"on\":true,\"sandbox\":5}", "$.sandbox (line 1, byte 21) is unknown: write one of on, policy, percent")]
    public async Task SaysWhatABodyIsToHaveInstead(string body, string detail) =>
        Assert.Equal(detail, (await Host.SendAsync("PUT", "/api/v1/strict", body)).Body.GetProperty("detail").GetString());

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task RefusesOtherContentTypes(string type) =>
        (await Host.SendAsync("PUT", "/api/v1/strict", change: r =>
        {
            r.Content = new ByteArrayContent("{\"on\":true}"u8.ToArray());
            r.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        })).IsProblem(415, "not_json");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RefusesABodyThatIsTooLarge(bool isChunked)
    {
        var body = "{\"on\":true," + new string(' ', ApiOptions.MaxBodyBytes) + "\"percent\":5}";
        var answer = await Host.SendAsync("PUT", "/api/v1/strict", body, change: request =>
        {
            request.Headers.TransferEncodingChunked = isChunked;

            // Or the client may find the connection closed before it has read the answer.
            request.Headers.ExpectContinue = true;
        });
        answer.IsProblem(413, "too_large");
    }

    [Theory]
    [InlineData("Host", "evil.example", "host_not_allowed")]
    [InlineData("Host", "127.0.0.1.evil.example", "host_not_allowed")]
    [InlineData("Origin", "http://127.0.0.1:9443", "origin_not_allowed")]
    [InlineData("Origin", "null", "origin_not_allowed")]
    public async Task RefusesPagesOfABrowser(string header, string value, string reason) =>
        (await Host.SendAsync("GET", "/healthz", change: r => r.Headers.TryAddWithoutValidation(header, value))).IsProblem(403, reason);

    [Fact]
    public async Task SwitchesStrictForAll()
    {
        var answer = await Host.SendAsync("PUT", "/api/v1/strict", """{"on":true,"percent":25}""", Role.Developer);
        Assert.Equal(200, answer.Status);
        Assert.Equal((true, 25), (Host.Book.Strict.On, Host.Book.Strict.Percent));
        Assert.Equal("""{"on":true,"percent":25,"policies":[],"sandboxes":[],"revision":2}""", (await Host.SendAsync("GET", "/api/v1/strict", role: Role.Developer)).Text);
    }

    [Fact]
    public async Task OnlyAnAdministratorLoosensStrictForAll()
    {
        Assert.Equal(200, (await Host.SendAsync("PUT", "/api/v1/strict", """{"on":true}""", Role.Developer)).Status);
        (await Host.SendAsync("PUT", "/api/v1/strict", """{"on":false}""", Role.Developer)).IsProblem(403, "role_too_low");
        (await Host.SendAsync("PUT", "/api/v1/strict", """{"on":true,"percent":1}""", Role.Developer)).IsProblem(403, "role_too_low");
        Assert.Equal((true, 100), (Host.Book.Strict.On, Host.Book.Strict.Percent));
        Assert.Equal(200, (await Host.SendAsync("PUT", "/api/v1/strict", """{"on":false}""")).Status);
        Assert.False(Host.Book.Strict.On);
    }

    [Fact]
    public async Task SwitchesStrictForOnePolicy()
    {
        Assert.Equal(200, (await Host.SendAsync("PUT", "/api/v1/strict", """{"on":true,"policy":"deny-all"}""", Role.Developer)).Status);
        Assert.Equal("""{"on":false,"percent":100,"policies":["deny-all"],"sandboxes":[],"revision":2}""", (await Host.SendAsync("GET", "/api/v1/strict")).Text);
        Assert.Equal(200, (await Host.SendAsync("PUT", "/api/v1/strict", """{"on":false,"policy":"deny-all"}""", Role.Developer)).Status);
        Assert.Empty(Host.Book.Strict.Policies);
    }

    [Fact]
    public async Task RegistersChangesAndRemovesASandbox()
    {
        const string body = """{"addresses":["10.77.0.2","fd77::2"],"interface":"veth1","policy":"deny-all","labels":{"team":"a"}}""";
        Assert.Equal(201, (await Host.SendAsync("PUT", "/api/v1/sandboxes/dev", body, Role.Developer)).Status);
        Assert.Equal(200, (await Host.SendAsync("PUT", "/api/v1/sandboxes/dev", body, Role.Developer)).Status);
        var changed = await Host.SendAsync("PUT", "/api/v1/sandboxes/dev/mode", """{"mode":"Shadow","strict":true,"paused":true}""", Role.Developer);
        Assert.Equal(200, changed.Status);
        var sandbox = Host.Registry.Get("dev");
        Assert.Equal((Mode.Shadow, true, true), (sandbox?.Mode, sandbox?.Strict, sandbox?.Paused));
        var shown = (await Host.SendAsync("GET", "/api/v1/sandboxes/dev", role: Role.Member)).Body;
        Assert.Equal("""["10.77.0.2","fd77::2"]""", shown.GetProperty("addresses").GetRawText());
        Assert.Equal(("shadow", "deny-all", "a"), (shown.GetProperty("mode").GetString(), shown.GetProperty("policy").GetString(), shown.GetProperty("labels").GetProperty("team").GetString()));
        Assert.Equal(204, (await Host.SendAsync("DELETE", "/api/v1/sandboxes/dev", role: Role.Developer)).Status);
        (await Host.SendAsync("GET", "/api/v1/sandboxes/dev")).IsProblem(404, "not_found");
    }

    [Theory]
    [InlineData("dev", """{"addresses":[]}""")]
    [InlineData("dev", """{"addresses":["10.0.0.0/8"]}""")]
    [InlineData("dev", """{"addresses":["010.0.0.1"]}""")]
    [InlineData("dev", """{"addresses":["0.0.0.0"]}""")]
    [InlineData("dev", """{"addresses":["10.0.0.1"],"policy":"misspelt"}""")]
    [InlineData("dev", """{"addresses":["10.0.0.1"],"mode":"off"}""")]
    [InlineData("dev", """{"addresses":["10.0.0.1"],"labels":{"team":null}}""")]
    [InlineData("dev", """{"addresses":["10.0.0.1"],"labels":{"te\nam":"a"}}""")]
    [InlineData("dev", """{"addresses":["10.0.0.1"],"interface":"an-interface-too-long"}""")]
    [InlineData("dev", """{"addresses":[null]}""")]
    [InlineData("d%0Aev", """{"addresses":["10.0.0.1"]}""")]
    [InlineData("d%22ev", """{"addresses":["10.0.0.1"]}""")]
    public async Task RefusesASandboxThatCannotBe(string id, string body)
    {
        (await Host.SendAsync("PUT", "/api/v1/sandboxes/" + id, body)).IsProblem(422, "invalid");
        Assert.Empty(Host.Registry.List());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"mode":"1"}""")]
    [InlineData("""{"policy":"misspelt"}""")]
    public async Task RefusesAChangeThatCannotBe(string body)
    {
        await Host.SendAsync("PUT", "/api/v1/sandboxes/dev", """{"addresses":["10.0.0.1"]}""");
        (await Host.SendAsync("PUT", "/api/v1/sandboxes/dev/mode", body)).IsProblem(422, "invalid");
    }

    [Fact]
    public async Task ASignalCountsFromTheNextDecisionOn()
    {
        Host.Book.Publish(
            ImmutableDictionary<string, Policy>.Empty.Add("default", ProxyDoor.Compile("{ default: allow, rules: [{ deny: any, when: { signal: read, within: 1h } }] }")),
            ImmutableDictionary<string, string>.Empty);
        await Host.SendAsync("PUT", "/api/v1/sandboxes/dev", """{"addresses":["10.0.0.1"]}""");
        Assert.Equal("allow", await VerdictAsync());
        var given = await Host.SendAsync("POST", "/api/v1/sandboxes/dev/signals", """{"name":"read"}""", Role.Developer);
        Assert.Equal(200, given.Status);
        Assert.True(given.Body.GetProperty("signals").GetProperty("read").TryGetDateTimeOffset(out _));
        Assert.Equal("deny", await VerdictAsync());
        (await Host.SendAsync("POST", "/api/v1/sandboxes/none/signals", """{"name":"read"}""")).IsProblem(404, "not_found");

        async Task<string?> VerdictAsync() =>
            (await Host.SendAsync("POST", "/api/v1/test", """{"sandbox":"dev","destinations":["other.example"]}""")).Body[0].GetProperty("verdict").GetString();
    }

    [Theory]
    [InlineData("{}", 400)]
    [InlineData("""{"name":null}""", 400)]
    [InlineData("""{"name":"read","at":"2027-01-01T00:00:00Z"}""", 400)]
    [InlineData("""{"name":""}""", 422)]
    [InlineData("""{"name":"two words"}""", 422)]
    public async Task RefusesASignalThatCannotBe(string body, int status)
    {
        await Host.SendAsync("PUT", "/api/v1/sandboxes/dev", """{"addresses":["10.0.0.1"]}""");
        (await Host.SendAsync("POST", "/api/v1/sandboxes/dev/signals", body)).IsProblem(status, status == 422 ? "invalid" : "malformed_json");
        Assert.Empty(Host.Registry.Get("dev")?.Signals ?? []);
    }

    [Fact]
    public async Task AnswersAConflictWhenThereIsNoRoomForASignal()
    {
        await Host.SendAsync("PUT", "/api/v1/sandboxes/dev", """{"addresses":["10.0.0.1"]}""");
        for (var i = 0; i < Signal.MaxOfSandbox; i++)
        {
            Host.Registry.GiveSignal("dev", $"s{i}", "test");
        }

        (await Host.SendAsync("POST", "/api/v1/sandboxes/dev/signals", """{"name":"more"}""")).IsProblem(409, "conflict");
    }

    [Fact]
    public async Task ListsInPages()
    {
        for (var i = 0; i < 5; i++)
        {
            await Host.SendAsync("PUT", $"/api/v1/sandboxes/s{i}", $$"""{"addresses":["10.0.0.{{i + 1}}"]}""");
        }

        var ids = new List<string?>();
        string? cursor = null;
        do
        {
            var page = (await Host.SendAsync("GET", $"/api/v1/sandboxes?limit=2&cursor={cursor}")).Body;
            Assert.InRange(page.GetProperty("items").GetArrayLength(), 1, 2);
            ids.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);

        Assert.Equal(["s0", "s1", "s2", "s3", "s4"], ids);
        (await Host.SendAsync("GET", "/api/v1/sandboxes?limit=0")).IsProblem(422, "invalid");
        (await Host.SendAsync("GET", "/api/v1/sandboxes?cursor=%21")).IsProblem(422, "invalid");
    }

    [Fact]
    public async Task IsReadyOnlyWhenEveryConditionHolds()
    {
        foreach (var door in (Uri[])[Host.Address, Host.Metrics])
        {
            Host.Ready.Report("enforcement", "the forward chain accepts");
            var answer = await Host.SendAsync("GET", new Uri(door, "/readyz").ToString(), role: Role.None);
            Assert.Equal(503, answer.Status);
            Assert.Equal("the forward chain accepts", answer.Body.GetProperty("problems").GetProperty("enforcement").GetString());
            Host.Ready.Report("enforcement", null);
            Assert.Equal(200, (await Host.SendAsync("GET", new Uri(door, "/readyz").ToString(), role: Role.None)).Status);
            Assert.Equal(200, (await Host.SendAsync("GET", new Uri(door, "/healthz").ToString(), role: Role.None)).Status);
        }
    }

    [Fact]
    public async Task IsNotReadyBeforeAnythingIsReported() =>
        Assert.Equal(503, (await Host.SendAsync("GET", "/readyz", role: Role.None)).Status);

    [Fact]
    public async Task ShowsMetricsWithoutATokenOnTheirDoorOnly()
    {
        var open = await Host.SendAsync("GET", new Uri(Host.Metrics, "/metrics").ToString(), role: Role.None);
        Assert.Equal((200, "text/plain"), (open.Status, open.Type));
        Assert.Contains("sniproxy_build_info{", open.Text, StringComparison.Ordinal);
        Assert.Contains("sniproxy_events_dropped_total{verdict=\"deny\"} 0", open.Text, StringComparison.Ordinal);
        (await Host.SendAsync("GET", "/metrics", role: Role.None)).IsProblem(401, "no_token");
    }

    [Theory]
    [InlineData("/api/v1/status")]
    [InlineData("/api/v1/strict")]
    [InlineData("/api/v1/sandboxes")]
    public async Task TheDoorForMetricsShowsNothingElse(string path)
    {
        (await Host.SendAsync("GET", new Uri(Host.Metrics, path).ToString())).IsProblem(404, "not_found");
    }

    [Fact]
    public async Task ShowsStatus()
    {
        var status = (await Host.SendAsync("GET", "/api/v1/status", role: Role.Member)).Body;
        Assert.False(status.GetProperty("ready").GetBoolean());
        Assert.Equal("not reported yet", status.GetProperty("problems").GetProperty("enforcement").GetString());
        Assert.False(status.GetProperty("strict").GetProperty("on").GetBoolean());
        Assert.Equal(JsonValueKind.Array, status.GetProperty("policies").GetProperty("names").ValueKind);
        Assert.Equal(0, status.GetProperty("sandboxes").GetInt32());
    }

    [Fact]
    public async Task RefusesARequestWithoutAHost()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Host.Address.Host, Host.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync("GET /healthz HTTP/1.0\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream, Encoding.ASCII);
        Assert.StartsWith("HTTP/1.1 403", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }
}
