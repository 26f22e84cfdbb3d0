using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Dns;
using SniProxy.Resolutions;

namespace SniProxy.Tests.Resolutions;

public sealed class UpstreamResolverTests : IAsyncDisposable
{
    private const long Asker = 1;

    private readonly ShiftedClock clock = new();
    private readonly ResolutionMetrics metrics = new();
    private readonly Opened opened = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await opened.DisposeAsync();
        metrics.Dispose();
    }

    [Fact]
    public async Task ResolvesBothFamilies()
    {
        var resolver = Resolver(Server(FakeNameServer.Zone(("good.example", "203.0.113.10", 300), ("good.example", "2001:db8::10", 60))));
        var resolution = await resolver.ResolveAsync(Wire.Host("Good.Example."), Asker, Cancellation);

        Assert.Equal(ResolutionStatus.Found, resolution.Status);
        Assert.Equal(["2001:db8::10", "203.0.113.10"], resolution.Addresses.Select(address => address.ToString()));
        Assert.InRange(resolution.Lifetime, TimeSpan.FromSeconds(55), TimeSpan.FromSeconds(60));
    }

    // A rule that denies the alias of either family denies the name.
    [Fact]
    public async Task NamesTheAliasesOfBothFamilies()
    {
        var resolver = Resolver(Server(query => [Wire.Respond(query, 0, Wire.Asked(query).Type == DnsType.A
            ? [Wire.Cname("good.example", "four.example"), Wire.A("four.example", "203.0.113.10")]
            : [Wire.Cname("good.example", "six.example"), Wire.A("six.example", "2001:db8::10")])]));
        var resolution = await resolver.ResolveAsync(Wire.Host("good.example"), Asker, Cancellation);

        Assert.Equal(["four.example", "six.example"], resolution.Hops.Select(hop => hop.Value).Order());
    }

    [Theory]
    [InlineData(DnsType.A)]
    [InlineData(DnsType.Aaaa)]
    public async Task WhereOneFamilyFailsTheOtherSaysNoNo(DnsType failing)
    {
        var resolver = Resolver(Server(query => [Wire.Respond(query, Wire.Asked(query).Type == failing ? 2 : 0, [], [Wire.Soa("example", 30)])]));

        Assert.Equal(ResolutionStatus.Failed, (await resolver.ResolveAsync(Wire.Host("good.example"), Asker, Cancellation)).Status);
    }

    // Both are asked at once since neither answers well; when one says that it cannot, the other one has the question already.
    [Fact]
    public async Task AFailureAsksNobodyASecondTime()
    {
        var (first, second) = (Server(_ => []), Server(_ => []));
        first.OnUdp = query => [Wire.Respond(query, Wire.Asked(query).Name == "down.example" ? 0 : 2, [Wire.Record("x.example", DnsType.A, [1])])];
        second.OnUdp = query => Wire.Asked(query).Name == "down.example" ? first.OnUdp(query) : [];
        var resolver = opened.Keep(new UpstreamResolver(
            new ResolverOptions
            {
                Upstreams = [$"{first.Endpoint}", $"{second.Endpoint}"], AttemptTimeout = TimeSpan.FromSeconds(5), QueryTimeout = TimeSpan.FromSeconds(1),
            },
            clock, NullLogger<UpstreamResolver>.Instance, metrics));
        Assert.Equal(ResolutionStatus.Failed, (await resolver.QueryAsync(Wire.Host("down.example"), DnsType.A, Asker, Cancellation)).Status);
        Assert.Equal(ResolutionStatus.TimedOut, (await resolver.QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, Cancellation)).Status);

        Assert.Single(first.Queries, seen => seen.Asked.Name == "good.example");
        Assert.Single(second.Queries, seen => seen.Asked.Name == "good.example");
    }

    [Fact]
    public async Task TellsWhetherAQuestionLeft()
    {
        var resolver = Resolver(Server(FakeNameServer.Zone(("good.example", "203.0.113.10", 300))));

        Assert.True((await resolver.ResolveAsync(Wire.Host("good.example"), Asker, Cancellation)).HasLeft);
        Assert.False((await resolver.ResolveAsync(Wire.Host("good.example"), Asker, Cancellation)).HasLeft);
    }

    [Fact]
    public async Task TellsNoSuchNameFromNoAddress()
    {
        var resolver = Resolver(Server(FakeNameServer.Zone(("six.example", "2001:db8::10", 300))));

        Assert.Equal(ResolutionStatus.NxDomain, (await resolver.ResolveAsync(Wire.Host("none.example"), Asker, Cancellation)).Status);
        Assert.Equal(ResolutionStatus.NoData, (await resolver.QueryAsync(Wire.Host("six.example"), DnsType.A, Asker, Cancellation)).Status);
        Assert.Equal(ResolutionStatus.Found, (await resolver.ResolveAsync(Wire.Host("six.example"), Asker, Cancellation)).Status);
    }

    [Fact]
    public async Task AsksWithFreshIdsAndPortsAndNothingElse()
    {
        var server = Server(query => [Wire.Respond(query, 3, [])]);
        var resolver = Resolver(server);
        for (var i = 0; i < 20; i++)
        {
            await resolver.QueryAsync(Wire.Host($"N{i}.Example"), DnsType.A, Asker, Cancellation);
        }

        var queries = server.Queries.ToArray();
        Assert.Equal(20, queries.Length);
        Assert.All(queries, (seen, i) => Assert.Equal(Wire.Query($"n{i}.example", DnsType.A, seen.Query[0] << 8 | seen.Query[1], opt: Wire.Opt()), seen.Query));
        Assert.True(queries.Select(seen => seen.Query[0] << 8 | seen.Query[1]).Distinct().Count() > 15);
        Assert.True(queries.Select(seen => seen.ClientPort).Distinct().Count() > 15);
    }

    [Fact]
    public async Task PassesOverForgedIdsAndOtherQuestions()
    {
        var resolver = Resolver(Server(query =>
        {
            var forged = Wire.Respond(query, 0, [Wire.A("good.example", "203.0.113.66")]);
            forged[0] ^= 1;
            var other = Wire.Respond(Wire.Query("evil.example", DnsType.A, query[0] << 8 | query[1]), 0, [Wire.A("good.example", "203.0.113.66")]);
            return [forged, other, [1, 2, 3], query, Wire.Respond(query, 0, [Wire.A("good.example", "203.0.113.10")])];
        }));

        var answer = await resolver.QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, Cancellation);
        Assert.True(Assert.Single(answer.Records).TryGetAddress(out var address));
        Assert.Equal("203.0.113.10", address.ToString());
    }

    [Fact]
    public async Task DropsAddressesThatTheQuestionDoesNotLeadTo()
    {
        var resolver = Resolver(Server(query => [Wire.Respond(query, 0,
        [
            Wire.Cname("good.example", "cdn.test"), Wire.A("cdn.test", "203.0.113.10"), Wire.A("bank.example", "203.0.113.66"),
        ])]));

        var resolution = await resolver.QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, Cancellation);
        Assert.Equal("cdn.test", Assert.Single(resolution.Hops).Value);
        Assert.Equal(2, resolution.Records.Count);
    }

    [Fact]
    public async Task AsksOverTcpWhenTheAnswerIsCutOff()
    {
        var server = new FakeNameServer(
            query => [Wire.Respond(query, 0, [], truncated: true)],
            query => [Wire.Respond(query, 0, [.. Enumerable.Range(0, 200).Select(i => Wire.A("good.example", $"203.0.113.{i}"))])]);
        opened.Keep(server);
        var answer = await Resolver(server).QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, Cancellation);

        Assert.Equal(200, answer.Records.Count);
        Assert.Equal([false, true], server.Queries.Select(seen => seen.IsTcp));
    }

    [Fact]
    public async Task FailsOnAliasLoopsAndUpstreamErrorsAndNeverSaysNo()
    {
        var loop = Resolver(Server(query => [Wire.Respond(query, 0, [Wire.Cname("a.example", "b.example"), Wire.Cname("b.example", "a.example")])]));
        Assert.Equal(ResolutionStatus.Failed, (await loop.ResolveAsync(Wire.Host("a.example"), Asker, Cancellation)).Status);

        foreach (var rcode in new[] { 1, 2, 4, 5 })
        {
            var resolver = Resolver(Server(query => [Wire.Respond(query, rcode, [])]));
            Assert.Equal(ResolutionStatus.Failed, (await resolver.ResolveAsync(Wire.Host("a.example"), Asker, Cancellation)).Status);
        }
    }

    [Fact]
    public async Task AsksTheNextServerAtOnceWhenOneFails()
    {
        var failing = Server(query => [Wire.Respond(query, 2, [])]);
        var good = Server(FakeNameServer.Zone(("good.example", "203.0.113.10", 300)));
        var started = Stopwatch.GetTimestamp();
        var resolution = await Resolver(new ResolverOptions { Upstreams = [Text(failing), Text(good)] }).ResolveAsync(Wire.Host("good.example"), Asker, Cancellation);

        Assert.Equal(ResolutionStatus.Found, resolution.Status);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task WaitsForADeadServerOnceAndThenSkipsIt()
    {
        var silent = Server();
        var good = Server(query => [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.10")])]);
        var resolver = Resolver(new ResolverOptions { Upstreams = [Text(silent), Text(good)], AttemptTimeout = TimeSpan.FromMilliseconds(300) });

        var started = Stopwatch.GetTimestamp();
        Assert.Equal(ResolutionStatus.Found, (await resolver.QueryAsync(Wire.Host("first.example"), DnsType.A, Asker, Cancellation)).Status);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(290), TimeSpan.FromSeconds(2.1));

        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(200));
            Assert.Equal(ResolutionStatus.Found, (await resolver.QueryAsync(Wire.Host($"n{i}.example"), DnsType.A, Asker, Cancellation)).Status);
        }

        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
        Assert.InRange(silent.Queries.Count, 2, 7);
    }

    [Fact]
    public async Task TakesAServerBackWhenItAnswersAProbe()
    {
        var returning = Server();
        var good = Server(query => [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.10")])]);
        var resolver = Resolver(new ResolverOptions { Upstreams = [Text(returning), Text(good)], AttemptTimeout = TimeSpan.FromMilliseconds(100) });
        await resolver.QueryAsync(Wire.Host("first.example"), DnsType.A, Asker, Cancellation);
        returning.OnUdp = query => [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.20")])];
        clock.Advance(TimeSpan.FromSeconds(2));

        for (var i = 0; i < 200; i++)
        {
            var before = good.Queries.Count;
            await resolver.QueryAsync(Wire.Host($"n{i}.example"), DnsType.A, Asker, Cancellation);
            if (good.Queries.Count == before)
            {
                return;
            }
        }

        Assert.Fail("the server that answers again is not relied on");
    }

    [Fact]
    public async Task TimesOutWhenAllServersAreSilentAndRecoversWithThem()
    {
        var silent = Server();
        var resolver = Resolver(new ResolverOptions
        {
            Upstreams = [Text(silent)],
            AttemptTimeout = TimeSpan.FromMilliseconds(100),
            QueryTimeout = TimeSpan.FromMilliseconds(350),
        });
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(ResolutionStatus.TimedOut, (await resolver.ResolveAsync(Wire.Host("good.example"), Asker, Cancellation)).Status);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromMilliseconds(340), TimeSpan.FromSeconds(2));
        Assert.InRange(silent.Queries.Count, 6, 8);

        silent.OnUdp = FakeNameServer.Zone(("good.example", "203.0.113.10", 300));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ResolutionStatus.Found, (await resolver.ResolveAsync(Wire.Host("good.example"), Asker, Cancellation)).Status);
    }

    [Fact]
    public async Task FailsAtOnceWhenNobodyListens()
    {
        var gone = new FakeNameServer();
        await gone.DisposeAsync();
        var started = Stopwatch.GetTimestamp();

        Assert.Equal(ResolutionStatus.Failed, (await Resolver(gone).ResolveAsync(Wire.Host("good.example"), Asker, Cancellation)).Status);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task SurvivesALostDatagram()
    {
        var lost = 0;
        var answer = FakeNameServer.Zone(("good.example", "203.0.113.10", 300));
        var server = Server(query => Interlocked.Increment(ref lost) <= 2 ? [] : answer(query));
        var resolver = Resolver(new ResolverOptions { Upstreams = [Text(server)], AttemptTimeout = TimeSpan.FromMilliseconds(100) });

        Assert.Equal(ResolutionStatus.Found, (await resolver.ResolveAsync(Wire.Host("good.example"), Asker, Cancellation)).Status);
    }

    [Fact]
    public async Task KeepsAnswersForTheirTtlAndAsksAgainAfterIt()
    {
        var server = Server(FakeNameServer.Zone(("good.example", "203.0.113.10", 120)));
        var resolver = Resolver(server);
        await resolver.QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, Cancellation);
        clock.Advance(TimeSpan.FromSeconds(115));
        Assert.True(resolver.QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, Cancellation).AsTask().IsCompleted);
        Assert.Single(server.Queries);

        clock.Advance(TimeSpan.FromSeconds(6));
        await resolver.QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, Cancellation);
        Assert.Equal(2, server.Queries.Count);
    }

    [Theory]
    [InlineData(3, 86400, 61)]
    [InlineData(0, 30, 31)]
    [InlineData(2, 30, 5)]
    public async Task KeepsANoForAMinuteAndAFailureForSecondsAtMost(int rcode, int soa, int seconds)
    {
        var server = Server(query => [Wire.Respond(query, rcode, [], [Wire.Soa("example", (uint)soa)])]);
        var resolver = Resolver(server);
        await resolver.QueryAsync(Wire.Host("none.example"), DnsType.A, Asker, Cancellation);
        await resolver.QueryAsync(Wire.Host("none.example"), DnsType.A, Asker, Cancellation);
        Assert.Single(server.Queries);

        clock.Advance(TimeSpan.FromSeconds(seconds));
        await resolver.QueryAsync(Wire.Host("none.example"), DnsType.A, Asker, Cancellation);
        Assert.Equal(2, server.Queries.Count);
    }

    [Fact]
    public async Task JoinsAQuestionThatIsUnderWay()
    {
        var server = Server();
        var resolver = Resolver(new ResolverOptions { Upstreams = [Text(server)], AttemptTimeout = TimeSpan.FromSeconds(4) });
        var asking = Enumerable.Range(0, 50).Select(_ => resolver.QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, Cancellation).AsTask()).ToArray();
        await server.NextAsync();

        using var impatient = new CancellationTokenSource();
        var cancelled = resolver.QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Single(server.Queries);
        Assert.All(asking, task => Assert.False(task.IsCompleted));
    }

    [Fact]
    public async Task OneSandboxHasAQuarterOfTheRoomAndOthersResolve()
    {
        var server = Server();
        var resolver = Resolver(new ResolverOptions { Upstreams = [Text(server)], MaxInFlight = 100 });
        var asked = Enumerable.Range(0, 100).Select(i => resolver.QueryAsync(Wire.Host($"n{i}.example"), DnsType.A, Asker, Cancellation).AsTask()).ToArray();
        Assert.Equal((25, 75), (asked.Count(task => !task.IsCompleted), asked.Count(task => task.IsCompleted && task.Result.Status == ResolutionStatus.Failed)));

        // What failed for the one is not known to have failed: the other asks for the same name, and so may the first once it has room.
        server.OnUdp = query => [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.10")])];
        Assert.Equal(ResolutionStatus.Found, (await resolver.QueryAsync(Wire.Host("n99.example"), DnsType.A, Asker + 1, Cancellation)).Status);
        Assert.Equal(ResolutionStatus.Found, (await resolver.QueryAsync(Wire.Host("n99.example"), DnsType.A, Asker, Cancellation)).Status);
        await Task.WhenAll(asked);
        while ((await resolver.QueryAsync(Wire.Host("n98.example"), DnsType.A, Asker, Cancellation)).Status != ResolutionStatus.Found)
        {
            await Task.Yield();
        }
    }

    [Fact]
    public async Task KeepsNoMoreAnswersThanItHasRoomFor()
    {
        var server = Server(query => [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.10")])]);
        var resolver = Resolver(new ResolverOptions { Upstreams = [Text(server)], CacheSize = 50 });
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                await resolver.QueryAsync(Wire.Host($"n{i}.example"), DnsType.A, Asker, Cancellation);
            }
        }

        Assert.InRange(server.Queries.Count, 150, 200);
    }

    [Fact]
    public async Task LargeAnswersTakeTheRoomOfMany()
    {
        var server = Server(query => [Wire.Respond(query, 0, [.. Enumerable.Range(1, 100).Select(i => Wire.A(Wire.Asked(query).Name, $"203.0.113.{i}"))])]);
        var resolver = Resolver(new ResolverOptions { Upstreams = [Text(server)], CacheSize = 50 });
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(100, (await resolver.QueryAsync(Wire.Host($"n{i}.example"), DnsType.A, Asker, Cancellation)).Records.Count);
        }

        var asked = server.Queries.Count;
        for (var i = 0; i < 40; i++)
        {
            await resolver.QueryAsync(Wire.Host($"n{i}.example"), DnsType.A, Asker, Cancellation);
        }

        Assert.Equal(40, asked);
        Assert.InRange(server.Queries.Count, 70, 80);
    }

    [Fact]
    public async Task ReadsTheSystemsServersAndSeesThemChange()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "# none yet\nsearch example\n", Cancellation);
            var warnings = new Warnings<UpstreamResolver>();
            await using var list = new UpstreamList(new ResolverOptions { SystemFile = file }, clock, warnings);
            Assert.Empty(list.Plan().Servers);
            Assert.Contains("names no name server", Assert.Single(warnings.Told), StringComparison.Ordinal);

            await File.WriteAllTextAsync(file, "nameserver 127.0.0.1\n nameserver\t2001:db8::53 # comment\nnameserver nonsense\noptions ndots:5\n", Cancellation);
            Assert.Empty(list.Plan().Servers);
            clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal(["127.0.0.1:53", "[2001:db8::53]:53"], list.Plan().Servers.Select(server => server.Address.ToString()));

            // Of the same length.
            var text = await File.ReadAllTextAsync(file, Cancellation);
            await File.WriteAllTextAsync(file, text.Replace("127.0.0.1", "127.0.0.2", StringComparison.Ordinal), Cancellation);
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddSeconds(1));
            clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal("127.0.0.2:53", list.Plan().Servers[0].Address.ToString());

            // Told once while it lasts.
            File.Delete(file);
            for (var i = 0; i < 3; i++)
            {
                clock.Advance(TimeSpan.FromSeconds(2));
                Assert.Equal(2, list.Plan().Servers.Count);
            }

            Assert.Single(warnings.Told, told => told.Contains("cannot be read", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("192.0.2.53", "192.0.2.53:53")]
    [InlineData("192.0.2.53:5353", "192.0.2.53:5353")]
    [InlineData("2001:db8::53", "[2001:db8::53]:53")]
    [InlineData("[2001:db8::53]", "[2001:db8::53]:53")]
    [InlineData("[2001:db8::53]:5353", "[2001:db8::53]:5353")]
    [InlineData("192.0.2.53:0", null)]
    [InlineData("192.0.2.53:", null)]
    [InlineData("192.0.2.53:99999", null)]
    [InlineData("192.0.2", null)]
    [InlineData("dns.example", null)]
    [InlineData("dns.example:53", null)]
    [InlineData("", null)]
    [InlineData("tls://192.0.2.53#dns.example", "tls://192.0.2.53:853#dns.example")]
    [InlineData("tls://192.0.2.53:8853#DNS.Example.", "tls://192.0.2.53:8853#dns.example")]
    [InlineData("tls://[2001:db8::53]:8853#dns.example", "tls://[2001:db8::53]:8853#dns.example")]
    [InlineData("tls://2001:db8::53#dns.example", "tls://[2001:db8::53]:853#dns.example")]
    [InlineData("tls://192.0.2.53", null)]
    [InlineData("tls://192.0.2.53#", null)]
    [InlineData("tls://192.0.2.53#a#b", null)]
    [InlineData("tls://192.0.2.53#192.0.2.53", null)]
    [InlineData("tls://dns.example#dns.example", null)]
    [InlineData("tls://192.0.2.53:0#dns.example", null)]
    [InlineData("192.0.2.53#dns.example", null)]
    [InlineData("https://192.0.2.53#dns.example", null)]
    public void ReadsServersAsWritten(string text, string? expected)
    {
        Assert.Equal(expected is not null, UpstreamAddress.TryParse(text, out var address));
        Assert.Equal(expected is null ? 1 : 0, new ResolverOptions { Upstreams = [text] }.Validate().Count);
        Assert.Equal(expected, address?.ToString());
    }

    [Fact]
    public async Task MeasuresEveryQuestionThatLeaves()
    {
        var measured = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "sniproxy_dns_upstream_seconds")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        var own = Wire.Host("measured.example");
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => Interlocked.Add(ref measured, value > 0 ? 1 : 0));
        listener.Start();
        await Resolver(Server(FakeNameServer.Zone())).QueryAsync(own, DnsType.A, Asker, Cancellation);

        Assert.True(measured >= 1);
    }

    private static string Text(FakeNameServer server) => server.Endpoint.ToString();

    private FakeNameServer Server(Func<byte[], IReadOnlyList<byte[]>>? onUdp = null) => opened.Keep(new FakeNameServer(onUdp));

    private UpstreamResolver Resolver(FakeNameServer server) => Resolver(new ResolverOptions { Upstreams = [Text(server)] });

    private UpstreamResolver Resolver(ResolverOptions options)
    {
        var resolver = new UpstreamResolver(options, clock, NullLogger<UpstreamResolver>.Instance, metrics);
        return opened.Keep(resolver);
    }
}
