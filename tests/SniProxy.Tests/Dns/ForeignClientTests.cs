using System.Net;
using DnsClient;
using DnsClient.Protocol;
using DnsClient.Protocol.Options;
using SniProxy.Core.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>
/// The door as DnsClient sees it: a codec that others wrote, so that an error which our reader and our writer share is found. It asks with bytes of
/// its own, and what it reads is what the name server behind the door has said.
/// </summary>
public sealed class ForeignClientTests
{
    private const string AllowAll = "rules: [{allow: '**.example'}]";
    private const int Many = 100;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, 0, "127.0.0.1")]
    [InlineData(false, 1232, "127.0.0.1")]
    [InlineData(false, 4096, "::1")]
    [InlineData(true, 0, "::1")]
    [InlineData(true, 4096, "127.0.0.1")]
    public async Task ReadsAddressesOverEitherTransport(bool isTcp, int ednsBytes, string address)
    {
        await using var door = new DnsDoor(AllowAll, ForeignZone.Answer);
        var client = Client(door, isTcp, ednsBytes, address);

        var answer = await client.QueryAsync("good.example", QueryType.A, cancellationToken: Cancellation);
        Assert.False(answer.HasError, answer.ErrorMessage);
        Assert.True(answer.Header.RecursionAvailable);
        var record = Assert.Single(answer.Answers.ARecords());
        // The name server said 300, and clients are to ask again sooner.
        Assert.Equal(("good.example.", "203.0.113.10", 60), (record.DomainName.Value, $"{record.Address}", record.InitialTimeToLive));
        Assert.Equal("good.example.", Assert.Single(answer.Questions).QueryName.Value);
        Assert.Equal(ednsBytes == 0 ? 0 : 1, answer.Additionals.OfType<OptRecord>().Count());

        var ofIPv6 = await client.QueryAsync("good.example", QueryType.AAAA, cancellationToken: Cancellation);
        Assert.Equal("2001:db8::10", $"{Assert.Single(ofIPv6.Answers.AaaaRecords()).Address}");
    }

    [Fact]
    public async Task ReadsAChainOfAliases()
    {
        await using var door = new DnsDoor(AllowAll, ForeignZone.Answer);
        var answer = await Client(door).QueryAsync("alias.example", QueryType.A, cancellationToken: Cancellation);

        Assert.Equal(["good.example."], answer.Answers.CnameRecords().Select(record => record.CanonicalName.Value));
        Assert.Equal(["203.0.113.10"], answer.Answers.ARecords().Select(record => $"{record.Address}"));
    }

    public static TheoryData<QueryType, string> Types => new()
    {
        { QueryType.TXT, "first|second; \"quoted\"" },
        { QueryType.MX, "10 mail.good.example." },
        { QueryType.SRV, "1 2 5060 sip.good.example." },
        { QueryType.CAA, "0 issue ca.example" },
        { QueryType.NAPTR, "100 50 s SIP+D2U  _sip._udp.good.example." },
        { QueryType.NS, "ns.good.example." },
        { QueryType.SOA, "ns.good.example. root.good.example. 2026112801 7200 3600 1209600 300" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public async Task ReadsRecordsOfEveryTypeThatIsPassedOn(QueryType type, string content)
    {
        await using var door = new DnsDoor(AllowAll, ForeignZone.Answer);
        foreach (var isTcp in new[] { false, true })
        {
            var answer = await Client(door, isTcp).QueryAsync("good.example", type, cancellationToken: Cancellation);
            Assert.False(answer.HasError, answer.ErrorMessage);
            Assert.Equal(content, Content(Assert.Single(answer.Answers)));
        }
    }

    [Theory]
    [InlineData((QueryType)DnsType.Https)] // a number to this library
    [InlineData((QueryType)DnsType.Svcb)]
    [InlineData(QueryType.TLSA)]
    public async Task ReadsAnEmptyAnswerForWhatIsKeptBack(QueryType type)
    {
        await using var door = new DnsDoor(AllowAll, ForeignZone.Answer);
        var answer = await Client(door).QueryAsync("good.example", type, cancellationToken: Cancellation);

        Assert.Equal(DnsHeaderResponseCode.NoError, answer.Header.ResponseCode);
        Assert.Empty(answer.Answers);
        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task ReadsTheReverseOfWhatItWasTold()
    {
        await using var door = new DnsDoor(AllowAll, ForeignZone.Answer);
        var client = Client(door);
        await client.QueryAsync("good.example", QueryType.A, cancellationToken: Cancellation);
        var reverse = await client.QueryReverseAsync(IPAddress.Parse("203.0.113.10"), Cancellation);

        Assert.Equal("good.example.", Assert.Single(reverse.Answers.PtrRecords()).PtrDomainName.Value);
    }

    [Fact]
    public async Task ReadsWhyANameIsDenied()
    {
        await using var door = new DnsDoor(AllowAll, ForeignZone.Answer);
        var answer = await Client(door).QueryAsync("evil.test", QueryType.A, cancellationToken: Cancellation);

        Assert.Equal(DnsHeaderResponseCode.NotExistentDomain, answer.Header.ResponseCode);
        Assert.Empty(answer.Answers);
        Assert.Single(answer.Authorities.OfType<SoaRecord>());

        // RFC 8914: option 15, then the code in two bytes; 15 is "blocked".
        var option = Assert.Single(answer.Additionals.OfType<OptRecord>()).Data;
        Assert.Equal([0, 15], option[..2]);
        Assert.Equal([0, 15], option[4..6]);
        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task ComesBackOverTcpForWhatIsTooLarge()
    {
        await using var door = new DnsDoor(AllowAll, ForeignZone.Answer);
        door.Upstream.OnTcp = ForeignZone.Answer;
        var answer = await Client(door).QueryAsync("many.example", QueryType.A, cancellationToken: Cancellation);

        Assert.False(answer.Header.ResultTruncated);
        Assert.Equal(Enumerable.Range(1, Many).Select(i => $"203.0.113.{i}"), answer.Answers.ARecords().Select(record => $"{record.Address}"));
    }

    [Theory]
    [InlineData(false, 50)]
    [InlineData(true, 15)] // each on a connection of its own, of which a sandbox may have twenty
    public async Task GivesEachOfManyQuestionsItsOwnAnswer(bool isTcp, int count)
    {
        await using var door = new DnsDoor(AllowAll, ForeignZone.Answer);
        var client = Client(door, isTcp);
        var answers = await Task.WhenAll(Enumerable.Range(1, count).Select(i => client.QueryAsync($"host-{i}.example", QueryType.A, cancellationToken: Cancellation)));

        Assert.Equal(Enumerable.Range(1, count).Select(i => $"198.51.100.{i}"), answers.Select(answer => $"{Assert.Single(answer.Answers.ARecords()).Address}"));
    }

    private static LookupClient Client(DnsDoor door, bool isTcp = false, int ednsBytes = 1232, string address = "127.0.0.1") =>
        new(new LookupClientOptions(new IPEndPoint(IPAddress.Parse(address), door.Endpoint.Port))
        {
            UseCache = false,
            Retries = 0,
            Timeout = TimeSpan.FromSeconds(10),
            UseTcpOnly = isTcp,
            ExtendedDnsBufferSize = ednsBytes,
        });

    private static string Content(DnsResourceRecord record) => record switch
    {
        TxtRecord txt => string.Join('|', txt.Text),
        MxRecord mx => $"{mx.Preference} {mx.Exchange.Value}",
        SrvRecord srv => $"{srv.Priority} {srv.Weight} {srv.Port} {srv.Target.Value}",
        CaaRecord caa => $"{caa.Flags} {caa.Tag} {caa.Value}",
        NAPtrRecord naptr => $"{naptr.Order} {naptr.Preference} {naptr.Flags} {naptr.Services} {naptr.RegularExpression} {naptr.Replacement.Value}",
        NsRecord ns => ns.NSDName.Value,
        SoaRecord soa => $"{soa.MName.Value} {soa.RName.Value} {soa.Serial} {soa.Refresh} {soa.Retry} {soa.Expire} {soa.Minimum}",
        _ => record.ToString(),
    };
}
