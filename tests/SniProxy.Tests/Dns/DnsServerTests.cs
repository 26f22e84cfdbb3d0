using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>The door as such: sockets, framing, limits.</summary>
public sealed class DnsServerTests
{
    private const string AllowAll = "rules: [{allow: '**.example'}]";

    private static readonly Func<byte[], IReadOnlyList<byte[]>> Everything = query => [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.10")])];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnswersFromTheAddressThatWasAskedAndTellsTheInterface()
    {
        await using var door = new DnsDoor(AllowAll, Everything);
        var query = Wire.Query("good.example", DnsType.A);
        foreach (var address in new[] { "127.0.0.1", "127.0.0.77", "::1" })
        {
            // A connected socket takes nothing from any other address.
            var to = new IPEndPoint(IPAddress.Parse(address), door.Endpoint.Port);
            Assert.Equal(DnsRcode.NoError, new DnsReplyView(await DnsDoor.ExchangeAsync(query, to), query).Rcode);
            using var connection = await door.ConnectAsync(to);
            await connection.SendAsync(DnsDoor.Frame(query), Cancellation);
            Assert.NotNull(await DnsDoor.ReadFrameAsync(connection));
        }

        Assert.All(door.Seen, seen => Assert.Equal("lo", seen.Ingress));
        Assert.Equal(["127.0.0.1", "::1"], door.Seen.Select(seen => seen.Source.ToString()).Distinct().Order());
        Assert.All(door.Events, told => Assert.Contains($"{told.Client?.Address}", (string[])["127.0.0.1", "::1"]));
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task AnswersEachOfManyAtOnceAndTheLateOnesToo(AddressFamily family)
    {
        const int count = 100;
        await using var door = new DnsDoor(AllowAll, options: new DnsOptions { Endpoint = "[::]:0", InFlightPerSandbox = count });
        var to = new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, door.Endpoint.Port);
        using var first = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        using var second = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
        await first.ConnectAsync(to, Cancellation);
        await second.ConnectAsync(to, Cancellation);

        // Every other name waits for a name server that says nothing yet.
        for (var id = 0; id < count; id++)
        {
            await (id < count / 2 ? first : second).SendAsync(Wire.Query(id % 2 == 0 ? $"denied{id}.test" : $"late{id}.example", DnsType.A, id), Cancellation);
        }

        var denied = (await RepliesAsync(first, count / 4)).Concat(await RepliesAsync(second, count / 4));
        Assert.Equal(Enumerable.Range(0, count).Where(id => id % 2 == 0), denied.Select(reply => (int)reply.Id).Order());
        door.Upstream.OnUdp = Everything;
        var late = (await RepliesAsync(first, count / 4)).Concat(await RepliesAsync(second, count / 4)).ToList();
        Assert.Equal(Enumerable.Range(0, count).Where(id => id % 2 == 1), late.Select(reply => (int)reply.Id).Order());
        Assert.All(late, reply => Assert.Equal(($"late{reply.Id}.example", DnsRcode.NoError), (reply.Name, reply.Rcode)));
    }

    private static async Task<List<(ushort Id, string Name, DnsRcode Rcode)>> RepliesAsync(Socket socket, int count)
    {
        var replies = new List<(ushort, string, DnsRcode)>();
        var buffer = new byte[1500];
        for (var i = 0; i < count; i++)
        {
            var length = await socket.ReceiveAsync(buffer, Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.True(DnsHeader.TryRead(buffer.AsSpan(0, length), out var header));
            replies.Add((header.Id, Wire.Asked(buffer.AsSpan(0, length)).Name, (DnsRcode)header.Rcode));
        }

        return replies;
    }

    [Fact]
    public async Task ServesSeveralEndpointsOfEitherFamily()
    {
        await using var door = new DnsDoor(AllowAll, Everything, new DnsOptions { Endpoint = "127.0.0.5:0, [::1]:0" });
        var query = Wire.Query("good.example", DnsType.A);

        Assert.Equal(2, door.Server.Endpoints.Count);
        foreach (var endpoint in door.Server.Endpoints)
        {
            Assert.NotEqual(0, endpoint.Port);
            Assert.Equal(DnsRcode.NoError, new DnsReplyView(await DnsDoor.ExchangeAsync(query, endpoint), query).Rcode);
        }
    }

    [Fact]
    public async Task TellsToComeBackOverTcpWhenTheAnswerIsTooLarge()
    {
        var many = Enumerable.Range(1, 100).Select(i => Wire.A("good.example", $"203.0.113.{i}")).ToArray();
        await using var door = new DnsDoor(AllowAll, query => [Wire.Respond(query, 0, [], truncated: true)]);
        door.Upstream.OnTcp = query => [Wire.Respond(query, 0, many)];
        var cut = await door.AskAsync(Wire.Query("good.example", DnsType.A, opt: Wire.Opt(4096)));
        Assert.True(cut.Header.IsTruncated);
        Assert.Equal(0, cut.Header.Answers);

        using var connection = await door.ConnectAsync();
        var query = Wire.Query("good.example", DnsType.A);
        await connection.SendAsync(DnsDoor.Frame(query), Cancellation);
        var whole = await DnsDoor.ReadFrameAsync(connection);
        Assert.NotNull(whole);
        Assert.Equal(100, new DnsReplyView(whole, query).Answers.Count);
    }

    // 12 bytes of header, 18 of question, 11 of OPT, 16 for each address.
    [Theory]
    [InlineData(0, 30)]
    [InlineData(512, 29)]
    [InlineData(1000, 59)]
    [InlineData(1232, 74)]
    [InlineData(65535, 74)]
    public async Task FillsDatagramsUpToWhatClientAndPathTake(int size, int most)
    {
        await using var door = new DnsDoor(AllowAll, query =>
        {
            var name = Wire.Asked(query).Name;
            return [Wire.Respond(query, 0, [.. Enumerable.Range(1, name == "fits.example" ? most : most + 1).Select(i => Wire.A(name, $"203.0.113.{i}"))])];
        });
        var opt = size == 0 ? null : Wire.Opt(size);

        Assert.Equal(most, (await door.AskAsync(Wire.Query("fits.example", DnsType.A, opt: opt))).Answers.Count);
        Assert.True((await door.AskAsync(Wire.Query("more.example", DnsType.A, opt: opt))).Header.IsTruncated);
    }

    [Fact]
    public async Task ReadsQuestionsCutAtEveryByteOverTcp()
    {
        await using var door = new DnsDoor(AllowAll, Everything);
        using var connection = await door.ConnectAsync();
        byte[] two = [.. DnsDoor.Frame(Wire.Query("a.example", DnsType.A, id: 1)), .. DnsDoor.Frame(Wire.Query("b.example", DnsType.A, id: 2))];
        foreach (var value in two)
        {
            await connection.SendAsync(new[] { value }, Cancellation);
        }

        Assert.Equal([1, 2], (await ReadIdsAsync(connection, 2)).Order());
    }

    [Fact]
    public async Task AnswersPipelinedQuestionsAsTheyAreReady()
    {
        await using var door = new DnsDoor(AllowAll, query => Wire.Asked(query).Name == "slow.example" ? [] : Everything(query));
        using var connection = await door.ConnectAsync();
        await connection.SendAsync(DnsDoor.Frame(Wire.Query("slow.example", DnsType.A, id: 1)), Cancellation);
        await door.Upstream.NextAsync();
        for (byte id = 2; id < 20; id++)
        {
            await connection.SendAsync(DnsDoor.Frame(Wire.Query($"n{id}.example", DnsType.A, id: id)), Cancellation);
        }

        Assert.Equal(Enumerable.Range(2, 18), (await ReadIdsAsync(connection, 18)).Order());
        door.Upstream.OnUdp = Everything;
        Assert.Equal([1], await ReadIdsAsync(connection, 1));
    }

    [Fact]
    public async Task AnswersWhatWasAskedBeforeTheClientClosedItsSide()
    {
        await using var door = new DnsDoor(AllowAll, Everything);
        using var connection = await door.ConnectAsync();
        await connection.SendAsync(DnsDoor.Frame(Wire.Query("good.example", DnsType.A)), Cancellation);
        connection.Shutdown(SocketShutdown.Send);

        Assert.NotNull(await DnsDoor.ReadFrameAsync(connection));
        Assert.Null(await DnsDoor.ReadFrameAsync(connection));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 40, 1, 2 })]
    public async Task ClosesConnectionsThatAskNothing(byte[] sent)
    {
        var options = new DnsOptions { Endpoint = "[::]:0", TcpIdleTimeout = TimeSpan.FromMilliseconds(150) };
        await using var door = new DnsDoor(AllowAll, Everything, options);
        using var connection = await door.ConnectAsync();
        if (sent.Length > 0)
        {
            await connection.SendAsync(sent, Cancellation);
        }

        Assert.Null(await DnsDoor.ReadFrameAsync(connection));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4097)]
    [InlineData(65535)]
    public async Task ClosesConnectionsWhoseLengthIsNoQuestions(int length)
    {
        await using var door = new DnsDoor(AllowAll, Everything);
        using var connection = await door.ConnectAsync();
        await connection.SendAsync(Wire.UInt16(length), Cancellation);

        Assert.Null(await DnsDoor.ReadFrameAsync(connection));
    }

    [Fact]
    public async Task CapsConnectionsOfASandboxAndGivesTheirPlacesBack()
    {
        await using var door = new DnsDoor(AllowAll, Everything, new DnsOptions { Endpoint = "[::]:0", TcpConnectionsPerSandbox = 2 });
        var query = DnsDoor.Frame(Wire.Query("good.example", DnsType.A));
        async Task<bool> IsServed(Socket socket)
        {
            try
            {
                await socket.SendAsync(query, Cancellation);
                return await DnsDoor.ReadFrameAsync(socket) is not null;
            }
            catch (SocketException)
            {
                return false;
            }
        }

        var first = await door.ConnectAsync();
        using var second = await door.ConnectAsync();
        Assert.True(await IsServed(first));
        Assert.True(await IsServed(second));
        using var third = await door.ConnectAsync();
        Assert.False(await IsServed(third));
        await door.TellCountedAsync();
        var told = Assert.Single(door.Events, told => told.Verdict == Decision.Deny);
        Assert.Equal((Reason.ConnectionLimit, Transport.Tcp, "sbx"), (told.Reason, told.Transport, told.Sandbox));

        first.Shutdown(SocketShutdown.Send);
        Assert.Null(await DnsDoor.ReadFrameAsync(first));
        first.Dispose();
        using var fourth = await door.ConnectAsync();
        Assert.True(await IsServed(fourth));
    }

    [Fact]
    public async Task RefusesMoreQuestionsASecondThanASandboxMayAskAndTellsThemAsOne()
    {
        await using var door = new DnsDoor(AllowAll, Everything, new DnsOptions { Endpoint = "[::]:0", QueriesPerSecondPerSandbox = 5 });
        var rcodes = new List<DnsRcode>();
        for (var i = 0; i < 20; i++)
        {
            rcodes.Add((await door.AskAsync("good.example")).Rcode);
        }

        Assert.All(rcodes.Take(5), rcode => Assert.Equal(DnsRcode.NoError, rcode));
        Assert.InRange(rcodes.Count(rcode => rcode == DnsRcode.Refused), 10, 15);
        Assert.InRange(door.Events.Count(told => told.Reason == Reason.RateLimited), 1, 3);
        await door.TellCountedAsync();
        Assert.Equal(
            rcodes.Count(rcode => rcode == DnsRcode.Refused), door.Events.Where(told => told.Reason == Reason.RateLimited).Sum(told => told.Count));

        // Another sandbox has its own.
        door.Sandbox = door.Sandbox with { Lifecycle = DnsDoor.Lifecycle + 1 };
        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("good.example")).Rcode);
    }

    // 32 on a connection at a time, and whoever is refused is not heard again for a tenth of a second.
    [Fact]
    public async Task ReadsAFloodOverTcpNoFasterThanItIsWorth()
    {
        await using var door = new DnsDoor(AllowAll, Everything, new DnsOptions { Endpoint = "[::]:0", QueriesPerSecondPerSandbox = 1 });
        using var connection = await door.ConnectAsync();
        var started = Stopwatch.GetTimestamp();
        await connection.SendAsync(Enumerable.Range(0, 330).SelectMany(id => DnsDoor.Frame(Wire.Query("good.example", DnsType.A, id))).ToArray(), Cancellation);
        Assert.Equal(33, (await ReadIdsAsync(connection, 33)).Distinct().Count());
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(0.8));
        await ReadIdsAsync(connection, 297);
        Assert.True(Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(0.8));
    }

    [Fact]
    public async Task RefusesMoreQuestionsAtOnceThanASandboxMayHave()
    {
        await using var door = new DnsDoor(AllowAll, options: new DnsOptions { Endpoint = "[::]:0", InFlightPerSandbox = 3 });
        using var connection = await door.ConnectAsync();
        for (var id = 1; id <= 3; id++)
        {
            await connection.SendAsync(DnsDoor.Frame(Wire.Query($"n{id}.example", DnsType.A, id)), Cancellation);
            await door.Upstream.NextAsync();
        }

        Assert.Equal(DnsRcode.Refused, (await door.AskAsync("n4.example")).Rcode);
        Assert.Equal(DnsRcode.Refused, (await door.AskAsync("denied.test")).Rcode);
        door.Upstream.OnUdp = Everything;
        for (var id = 1; id <= 3; id++)
        {
            Assert.NotNull(await DnsDoor.ReadFrameAsync(connection));
        }

        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("n4.example")).Rcode);
    }

    [Fact]
    public async Task HasLearnedWhenAnyOfParallelDuplicatesIsAnswered()
    {
        await using var door = new DnsDoor(AllowAll, Everything);
        Assert.True(Address.TryParse("203.0.113.10", out var address));
        for (var round = 0; round < 20; round++)
        {
            var name = $"n{round}.example";
            var bound = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
            {
                await door.AskAsync(name);
                return door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host(name), address);
            }));
            Assert.All(bound, Assert.True);
        }

        Assert.Equal(20, door.Upstream.Queries.Count);
        Assert.Equal(160, door.Events.Count);
        Assert.Equal(160, door.Events.Select(told => told.Id).Distinct().Count());
    }

    [Fact]
    public async Task CountsEachQuestionByPolicyTypeVerdictAndReason()
    {
        var counted = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "sniproxy_dns_queries_total")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            var text = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
            lock (counted)
            {
                counted.AddRange(Enumerable.Repeat(text, (int)value));
            }
        });
        listener.Start();
        const string policy = "{name: metered, rules: [good.example]}";
        await using var door = new DnsDoor(policy, Everything);
        await door.AskAsync("good.example", DnsType.Aaaa);
        await door.AskAsync("good.example", (DnsType)65280);
        listener.RecordObservableInstruments();

        lock (counted)
        {
            Assert.Equal(
                ["policy=metered type=AAAA verdict=allow reason=rule", "policy=metered type=other verdict=deny reason=query_type"],
                counted.Where(text => text.StartsWith("policy=metered", StringComparison.Ordinal)).Order());
        }
    }

    private static bool IsFree(IPEndPoint endpoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Bind(endpoint);
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }

    [Fact]
    public async Task StopsWhileQuestionsAreUnderWayAndFreesItsPort()
    {
        var door = new DnsDoor(AllowAll);
        var endpoint = door.Endpoint;
        using var connection = await door.ConnectAsync();
        await connection.SendAsync(DnsDoor.Frame(Wire.Query("slow.example", DnsType.A)), Cancellation);
        await door.Upstream.NextAsync();
        await door.DisposeAsync();

        // A thread that is in the kernel with the socket at that moment closes it only when it is back.
        var patience = Stopwatch.StartNew();
        while (!IsFree(endpoint))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(2), $"{endpoint} is still taken");
            await Task.Delay(10, Cancellation);
        }

        Assert.Empty(door.Events);
    }

    [Fact]
    public void RefusesOptionsThatCannotBeServedByTheirNames()
    {
        var errors = new DnsOptions
        {
            Endpoint = "[::]",
            Upstreams = ["resolver.example"],
            Mode = (DnsMode)9,
            BlockedAnswer = (BlockedAnswer)9,
            LocalSuffixes = ["*.local"],
            QueriesPerSecondPerSandbox = 0,
        }.Validate();

        Assert.Equal(
            ["Upstreams:0", "Endpoint", "Mode", "BlockedAnswer", "LocalSuffixes:0", "QueriesPerSecondPerSandbox"],
            errors.Select(error => error["SniProxy:Dns:".Length..].Split(' ')[0]));
        Assert.Empty(new DnsOptions().Validate());
    }

    private static async Task<List<int>> ReadIdsAsync(Socket connection, int count)
    {
        var ids = new List<int>();
        while (ids.Count < count)
        {
            var reply = await DnsDoor.ReadFrameAsync(connection);
            Assert.NotNull(reply);
            ids.Add(reply[1]);
        }

        return ids;
    }
}
