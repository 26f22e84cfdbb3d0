using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Api;
using SniProxy.Core.Addresses;
using SniProxy.Core.Policies;
using SniProxy.Events;
using SniProxy.Policies;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Synthetic;
using SniProxy.Sandboxes;
using SniProxy.Storage;
using SniProxy.Tests.Events;
using SniProxy.Tests.Resolutions;
using SniProxy.Tests.Resolutions.Synthetic;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Api;

/// <summary>The API on a real Kestrel, with its two doors on free ports of the loopback.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly TempFolder folder = new();
    private readonly HttpClient http = new();
    private readonly Dictionary<Role, string> secrets = [];
    private readonly SqliteStore store;
    private readonly ResolutionMetrics resolutionMetrics = new();
    private readonly FakeNameServer nameServer;
    private readonly UpstreamResolver resolver;
    private readonly WebApplication app;

    private ApiHost(TimeProvider clock)
    {
        store = new SqliteStore(SqliteStore.PathIn(folder.Path));
        nameServer = new FakeNameServer(FakeNameServer.Zone(("pypi.org", "203.0.113.10", 300u), ("inside.example", "10.0.0.9", 300u)));
        resolver = new UpstreamResolver(
            new ResolverOptions { Upstreams = [nameServer.Endpoint.ToString()] }, TimeProvider.System, NullLogger<UpstreamResolver>.Instance, resolutionMetrics);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenForApi(new ApiOptions(new IPEndPoint(IPAddress.Loopback, 0), new IPEndPoint(IPAddress.Loopback, 0))));
        Tokens = new TokenBook(store, TimeProvider.System);
        Tokens.EnsureAdmin(folder.Path);
        var revisions = TestRevisions.From(1);
        Registry = new SandboxRegistry([], [], new SandboxStore(store), revisions, clock);
        Synthetic = SyntheticUnderTest.MapOver(store, clock);
        Book = new PolicyBook(new PolicyOptions(folder.Path) { SyntheticPool = SyntheticPool.DefaultBlocks }, new Guard(), StrictSwitch.Off, revisions, (_, _) => { }, clock);
        Grants = new GrantBook(Book, new GrantStore(store, TimeProvider.System), TimeProvider.System);
        builder.Services
            .AddSingleton(Tokens)
            .AddSingleton(Registry)
            .AddSingleton(Book)
            .AddSingleton(Grants)
            .AddSingleton(new AskedNames(Resolutions, Synthetic, resolver, new HashSet<int> { 22 }))
            .AddSingleton(new EventLog())
            .AddSingleton(Ready)
            .AddSingleton<MetricsCollector>()
            .AddSingleton(TimeProvider.System);
        app = builder.Build();
        app.UseApiGate();
        app.MapApi();
        app.MapGet("/forgotten", context => Answers.WriteTextAsync(context, "nobody said who may read this", "text/plain"));
    }

    public SyntheticMap Synthetic { get; }

    public TokenBook Tokens { get; }

    public SandboxRegistry Registry { get; }

    public PolicyBook Book { get; }

    public GrantBook Grants { get; }

    public ResolutionMap Resolutions { get; } = new(TimeProvider.System);

    /// <summary>Answers for pypi.org and for inside.example, which leads to a private address.</summary>
    public FakeNameServer NameServer => nameServer;

    public Readiness Ready { get; } = new("enforcement");

    public Uri Address { get; private set; } = new("http://unset");

    public Uri Metrics { get; private set; } = new("http://unset");

    public string DataFolder => folder.Path;

    public IEnumerable<RouteEndpoint> Endpoints => app.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    public static async Task<ApiHost> StartAsync(TimeProvider? clock = null)
    {
        var host = new ApiHost(clock ?? TimeProvider.System);
        await host.app.StartAsync();
        var addresses = host.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.ToList() ?? [];
        host.Address = new Uri(addresses[0]);
        host.Metrics = new Uri(addresses[1]);
        return host;
    }

    public string TokenOf(Role role)
    {
        if (!secrets.TryGetValue(role, out var secret))
        {
            secret = Tokens.Add(RoleNames.Of(role), role, null, "test").Secret;
            secrets.Add(role, secret);
        }

        return secret;
    }

    /// <summary>Sends a request with a token of the role; <see cref="Role.None"/> sends none.</summary>
    public async Task<ApiAnswer> SendAsync(string method, string path, string? json = null, Role role = Role.Admin, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Address, path));
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        if (role != Role.None)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", TokenOf(role));
        }

        change?.Invoke(request);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var type = response.Content.Headers.ContentType?.MediaType;
        var body = type is "application/json" or "application/problem+json" ? JsonDocument.Parse(text).RootElement : default;
        return new ApiAnswer((int)response.StatusCode, type, text, body);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        http.Dispose();
        await resolver.DisposeAsync();
        await nameServer.DisposeAsync();
        resolutionMetrics.Dispose();
        Grants.Dispose();
        store.Dispose();
        folder.Dispose();
    }
}

internal sealed record ApiAnswer(int Status, string? Type, string Text, JsonElement Body)
{
    public string? Reason => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("reason", out var reason) ? reason.GetString() : null;

    /// <summary>Claims that it is a whole problem (RFC 9457) of this status and reason.</summary>
    public void IsProblem(int status, string reason)
    {
        Assert.Equal((status, reason, "application/problem+json"), (Status, Reason, Type));
        Assert.Equal(status, Body.GetProperty("status").GetInt32());
        Assert.NotEqual(string.Empty, Body.GetProperty("title").GetString());
        Assert.NotEqual(string.Empty, Body.GetProperty("detail").GetString());
        Assert.Equal("about:blank", Body.GetProperty("type").GetString());
    }
}
