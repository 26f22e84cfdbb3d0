using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Dns;
using SniProxy.Resolutions;
using SniProxy.Tests.Policies;

namespace SniProxy.Tests.Resolutions;

/// <summary>Name servers that are asked over TLS: who is believed, and what becomes of a question when its connection ends.</summary>
public sealed class TlsUpstreamTests : IAsyncDisposable
{
    private const long Asker = 1;
    private const string Name = "dns.example";

    private readonly ResolutionMetrics metrics = new();
    private readonly TestAuthority authority = new();
    private readonly Opened opened = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await opened.DisposeAsync();
        metrics.Dispose();
        authority.Dispose();
    }

    [Fact]
    public async Task AsksEverythingOverOneConnectionAndInItsOwnWords()
    {
        var server = Server();
        var resolver = Resolver(server.As(Name));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(ResolutionStatus.Found, (await AskAsync(resolver, $"N{i}.Example")).Status);
        }

        var answers = await Task.WhenAll(Enumerable.Range(10, 90).Select(i => AskAsync(resolver, $"n{i}.example")));
        Assert.All(answers, answer => Assert.Equal(ResolutionStatus.Found, answer.Status));
        Assert.Equal((1, 100), (server.Connections, server.Queries.Count));
        Assert.All(server.Queries, query => Assert.Equal(
            Wire.Query(Wire.Asked(query).Name, DnsType.A, query[0] << 8 | query[1], opt: Wire.Opt()), query));
        Assert.Equal(100, server.Queries.Select(query => Wire.Asked(query).Name).Distinct().Count());
    }

    [Fact]
    public async Task TakesAnswersInAnyOrder()
    {
        var server = Server();
        byte[]? held = null;
        server.OnQuery = (_, query) =>
        {
            if (held is null)
            {
                held = query;
                return [];
            }

            return [Address(query, "203.0.113.2"), Address(held, "203.0.113.1")];
        };
        var resolver = Resolver(server.As(Name));
        var first = AskAsync(resolver, "first.example");
        await UntilAsync(() => server.Queries.Count == 1);
        Assert.Equal("203.0.113.2", AddressOf(await AskAsync(resolver, "second.example")));
        Assert.Equal("203.0.113.1", AddressOf(await first));
    }

    [Fact]
    public async Task PassesOverForgedIdsAndOtherQuestions()
    {
        var server = Server();
        server.OnQuery = (_, query) =>
        {
            var forged = Address(query, "203.0.113.66");
            forged[0] ^= 1;
            var other = Wire.Respond(Wire.Query("evil.example", DnsType.A, query[0] << 8 | query[1]), 0, [Wire.A("good.example", "203.0.113.66")]);
            return [forged, other, [1], [], query, Address(query, "203.0.113.10")];
        };

        Assert.Equal("203.0.113.10", AddressOf(await AskAsync(Resolver(server.As(Name)), "good.example")));
    }

    [Theory]
    [InlineData("another name", "other.example", 1, TestAuthority.ForServers)]
    [InlineData("a name above", "example", 1, TestAuthority.ForServers)]
    [InlineData("expired", Name, -1, TestAuthority.ForServers)]
    [InlineData("for clients", Name, 1, TestAuthority.ForClients)]
    public async Task AsksNobodyWhoseCertificateIsWrong(string fault, string name, int daysLeft, string use)
    {
        var server = Server(authority.Issue(name, daysLeft, use));
        Assert.Equal(ResolutionStatus.Failed, (await AskAsync(Resolver(server.As(Name)), "good.example")).Status);
        Assert.True(server.Connections > 0 && server.Queries.IsEmpty, $"{fault}: {server.Connections} connections, {server.Queries.Count} questions");
    }

    [Fact]
    public async Task AsksNobodyWhoseAuthorityIsNotTrusted()
    {
        using var other = new TestAuthority();
        var server = Server(other.Issue(Name));
        Assert.Equal(ResolutionStatus.Failed, (await AskAsync(Resolver(server.As(Name)), "good.example")).Status);
        await using var machine = new UpstreamResolver(
            new ResolverOptions { Upstreams = [server.As(Name)] }, TimeProvider.System, NullLogger<UpstreamResolver>.Instance, metrics);
        Assert.Equal(ResolutionStatus.Failed, (await AskAsync(machine, "good.example")).Status);
        Assert.Empty(server.Queries);
    }

    [Fact]
    public async Task AProblemIsToldOnceAndNotWithEachQuestion()
    {
        var server = Server(authority.Issue("other.example"));
        var warnings = new Warnings<UpstreamResolver>();
        await using var resolver = new UpstreamResolver(
            new ResolverOptions { Upstreams = [server.As(Name)], Roots = authority.Roots }, TimeProvider.System, warnings, metrics);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ResolutionStatus.Failed, (await AskAsync(resolver, $"n{i}.example")).Status);
        }

        Assert.Single(warnings.Told, told => told.Contains("over TLS", StringComparison.Ordinal));
        Assert.Single(warnings.Told, told => told.Contains("does not answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AsksAgainWhereTheServerHadClosedAnIdleConnection()
    {
        var server = Server();
        var resolver = Resolver(server.As(Name));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(ResolutionStatus.Found, (await AskAsync(resolver, $"n{i}.example")).Status);
            server.CloseAll();
        }

        Assert.InRange(server.Connections, 15, 21);
    }

    [Fact]
    public async Task ClosesAConnectionThatNothingIsAskedOnForTenSeconds()
    {
        var time = new TwoClocks();
        var server = Server();
        var resolver = Resolver(time, server.As(Name));
        foreach (var name in new[] { "first.example", "second.example", "third.example" })
        {
            Assert.Equal(ResolutionStatus.Found, (await AskAsync(resolver, name)).Status);
            time.Pass(TimeSpan.FromSeconds(9.9));
        }

        Assert.Equal((1, 1), (server.Connections, server.Open));
        time.Pass(TimeSpan.FromSeconds(0.2));
        await UntilAsync(() => server.Open == 0);
        Assert.Equal(ResolutionStatus.Found, (await AskAsync(resolver, "fourth.example")).Status);
        Assert.Equal((2, 4), (server.Connections, server.Queries.Count));
    }

    [Fact]
    public async Task AsksTheNextServerAtOnceWhereTheConnectionEndsWithoutAnAnswer()
    {
        var closing = Server();
        closing.OnQuery = (_, _) => null;
        var resolver = Resolver(closing.As(Name), Server().As(Name));
        var started = Stopwatch.GetTimestamp();

        Assert.Equal(ResolutionStatus.Found, (await AskAsync(resolver, "good.example")).Status);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1.2), $"{Stopwatch.GetElapsedTime(started)}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AsksTheNextServerWhereOneIsSilent(bool shakesHands)
    {
        var silent = shakesHands ? Server() : opened.Keep(new TlsNameServer(null));
        silent.OnQuery = (_, _) => [];
        var resolver = Resolver(silent.As(Name), Server().As(Name));
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(ResolutionStatus.Found, (await AskAsync(resolver, "first.example")).Status);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(1.4), TimeSpan.FromSeconds(2.1));

        started = Stopwatch.GetTimestamp();
        Assert.Equal(ResolutionStatus.Found, (await AskAsync(resolver, "second.example")).Status);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1), $"{Stopwatch.GetElapsedTime(started)}");
    }

    // A path that lost a connection's state answers nothing on it, and everything on a new one.
    [Fact]
    public async Task LeavesAConnectionOnWhichNothingIsHeard()
    {
        var server = Server();
        var resolver = Resolver(server.As(Name));
        Assert.Equal(ResolutionStatus.Found, (await AskAsync(resolver, "first.example")).Status);
        server.OnQuery = (connection, query) => connection == 1 ? [] : [Address(query, "203.0.113.10")];
        var started = Stopwatch.GetTimestamp();

        Assert.Equal(ResolutionStatus.Found, (await AskAsync(resolver, "second.example")).Status);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(1.4), TimeSpan.FromSeconds(2.1));
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task FailsWhereNobodyListensAndRecoversWithTheServer()
    {
        var gone = new TlsNameServer(null);
        var upstream = gone.As(Name);
        await gone.DisposeAsync();
        var started = Stopwatch.GetTimestamp();

        Assert.Equal(ResolutionStatus.Failed, (await AskAsync(Resolver(upstream), "good.example")).Status);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task AsksUnbound()
    {
        await using var unbound = await Unbound.StartAsync(authority.Issue(Name));
        var resolver = Resolver(unbound.As(Name));
        for (var round = 0; round < 3; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => AskAsync(resolver, $"n{round}-{i}.{Unbound.Zone}")));
            Assert.All(answers, answer => Assert.Equal(Unbound.Address, AddressOf(answer)));
        }

        Assert.Equal(ResolutionStatus.NxDomain, (await AskAsync(resolver, $"n.{Unbound.Nothing}")).Status);
        Assert.Equal(ResolutionStatus.Failed, (await AskAsync(Resolver(unbound.As("other.example")), $"n.{Unbound.Zone}")).Status);
    }

    private static byte[] Address(byte[] query, string address) => Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, address)]);

    private static string AddressOf(UpstreamAnswer answer)
    {
        Assert.True(Assert.Single(answer.Records).TryGetAddress(out var address));
        return address.ToString();
    }

    private static Task<UpstreamAnswer> AskAsync(UpstreamResolver resolver, string name) =>
        resolver.QueryAsync(Wire.Host(name), DnsType.A, Asker, Cancellation).AsTask();

    private static async Task UntilAsync(Func<bool> done)
    {
        var patience = Stopwatch.StartNew();
        while (!done())
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(5));
            await Task.Delay(5, Cancellation);
        }
    }

    private TlsNameServer Server(X509Certificate2? certificate = null)
    {
        var server = opened.Keep(new TlsNameServer(certificate ?? authority.Issue(Name)));
        server.OnQuery = (_, query) => [Address(query, "203.0.113.10")];
        return server;
    }

    private UpstreamResolver Resolver(params string[] upstreams) => Resolver(TimeProvider.System, upstreams);

    private UpstreamResolver Resolver(TimeProvider clock, params string[] upstreams) => opened.Keep(new UpstreamResolver(
        new ResolverOptions { Upstreams = upstreams, Roots = authority.Roots }, clock, NullLogger<UpstreamResolver>.Instance, metrics));
}
