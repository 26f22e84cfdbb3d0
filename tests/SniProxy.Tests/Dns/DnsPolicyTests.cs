using System.Net;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Policies;
using SniProxy.Dns;
using SniProxy.Resolutions;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>What a sandbox is told, name by name and type by type.</summary>
public sealed class DnsPolicyTests
{
    private const string AllowGood = "rules: [good.example, api.github.test, {allow: '**.wild.example'}]";

    private static Func<byte[], IReadOnlyList<byte[]>> Zone { get; } = FakeNameServer.Zone(
        ("good.example", "203.0.113.10", 86400), ("good.example", "2001:db8::10", 0), ("evil.example", "203.0.113.66", 300));

    [Fact]
    public async Task AnswersAnAllowedNameAndLearnsItsAddresses()
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        var reply = await door.AskAsync("good.example");

        Assert.Equal(DnsRcode.NoError, reply.Rcode);
        Assert.Equal(["203.0.113.10"], reply.Addresses);
        Assert.True(door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host("good.example"), Of("203.0.113.10")));
        var told = door.Event;
        Assert.Equal((EventKind.Dns, "sbx", "agent", "build", "test", 7), (told.Kind, told.Sandbox, told.Service, told.Phase, told.Policy, told.Revision));
        Assert.Equal((Decision.Allow, Reason.Rule, "good.example", "A", "NOERROR 203.0.113.10"), (told.Verdict, told.Reason, told.Qname, told.Qtype, told.Answer));
        Assert.Null(told.WouldBe);
        Assert.Equal([7], door.Learned);
    }

    [Fact]
    public async Task ClampsTtlsToBetweenASecondAndAMinuteAndKeepsTheBindingFiveMinutesMore()
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        Assert.Equal(60u, (await door.AskAsync("good.example")).Answers[0].Ttl);
        Assert.Equal(1u, (await door.AskAsync("good.example", DnsType.Aaaa)).Answers[0].Ttl);

        door.Clock.Advance(TimeSpan.FromSeconds(310));
        Assert.False(IsBound(door, "2001:db8::10"));
        Assert.True(IsBound(door, "203.0.113.10"));
        door.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.False(IsBound(door, "203.0.113.10"));
    }

    [Fact]
    public async Task ALocalNameThatIsLetThroughCountsAgainstTheLimitsAndIsTold()
    {
        var options = new DnsOptions { Endpoint = "[::]:0", LocalSuffixes = ["cluster.local"], QueriesPerSecondPerSandbox = 2 };
        await using var door = new DnsDoor("rules: [{allow: '**.svc.cluster.local'}]", query => [Wire.Respond(query, 3, [])], options);
        var codes = new List<DnsRcode>();
        for (var i = 0; i < 20; i++)
        {
            codes.Add((await door.AskAsync($"payload{i}.svc.cluster.local")).Rcode);
            Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync($"payload{i}.other.cluster.local")).Rcode);
        }

        Assert.Contains(DnsRcode.Refused, codes);
        Assert.Equal(codes.Count(code => code == DnsRcode.NxDomain), door.Upstream.Queries.Select(seen => seen.Asked.Name).Distinct().Count());
        Assert.Contains(door.Events, told => told.Qname == "payload0.svc.cluster.local");
        Assert.DoesNotContain(door.Events, told => told.Qname == "payload0.other.cluster.local");
    }

    [Fact]
    public async Task DeniesWithNoSuchNameForSecondsAndSendsNothingOut()
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        foreach (var type in new[] { DnsType.A, DnsType.Aaaa, DnsType.Txt, DnsType.Https })
        {
            var reply = await door.AskAsync("secret-payload.evil.example", type);
            Assert.Equal(DnsRcode.NxDomain, reply.Rcode);
            Assert.Equal(1, reply.Header.Authorities);
            Assert.Equal(5u, reply.NegativeTtl);
            Assert.Equal(15, reply.Error);
        }

        // Had a question left, it would have been there before the answer to this one.
        await door.AskAsync("good.example");
        Assert.Equal("good.example", Assert.Single(door.Upstream.Queries).Asked.Name);
        Assert.Equal(4, door.Events.Count(told => told.Verdict == Decision.Deny && told.Ending == Ending.Refused));
    }

    [Fact]
    public async Task TellsReasonAndDecisionOnlyToWhoeverSentOpt()
    {
        await using var door = new DnsDoor(AllowGood);
        var told = await door.AskAsync("evil.example");
        var untold = await door.AskAsync("evil.example", withOpt: false);

        var first = door.Events.First();
        Assert.Equal($"{first.Reason.Identifier()}; id={first.Id}", told.ErrorText);
        Assert.NotNull(first.Message);
        Assert.False(untold.HasOpt);
        Assert.Equal(DnsRcode.NxDomain, untold.Rcode);
    }

    [Fact]
    public async Task LeavesTheParentOfAnAllowedNameInExistence()
    {
        await using var door = new DnsDoor(AllowGood);
        foreach (var parent in new[] { "github.test", "test", "wild.example" })
        {
            var reply = await door.AskAsync(parent);
            Assert.Equal((DnsRcode.NoError, 0, 5u, 15), (reply.Rcode, reply.Answers.Count, reply.NegativeTtl, reply.Error));
        }
    }

    [Fact]
    public async Task EchoesTheClientsLetterCaseAndSendsOutItsOwn()
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        var query = Wire.Query("gOOd.ExAmPlE", DnsType.A);
        var reply = await door.AskAsync(query);

        Assert.Equal(query[12..], reply.Message[12..query.Length]);
        Assert.Equal(["203.0.113.10"], reply.Addresses);
        Assert.Equal("good.example", door.Upstream.Queries.Single().Asked.Name);
    }

    [Theory]
    [InlineData(DnsType.Https, DnsRcode.NoError)]
    [InlineData(DnsType.Svcb, DnsRcode.NoError)]
    [InlineData(DnsType.Cname, DnsRcode.NoError)]
    [InlineData((DnsType)65280, DnsRcode.NoError)]
    [InlineData(DnsType.Null, DnsRcode.Refused)]
    [InlineData(DnsType.Axfr, DnsRcode.Refused)]
    [InlineData(DnsType.Ixfr, DnsRcode.Refused)]
    [InlineData((DnsType)250, DnsRcode.Refused)]
    public async Task KeepsOtherTypesFromLeaving(DnsType type, DnsRcode rcode)
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        var reply = await door.AskAsync("good.example", type);

        Assert.Equal((rcode, 0, rcode == DnsRcode.NoError ? 5u : 0), (reply.Rcode, reply.Answers.Count, reply.NegativeTtl));
        Assert.Empty(door.Upstream.Queries);
        Assert.Equal((Decision.Deny, Reason.QueryType), (door.Event.Verdict, door.Event.Reason));
    }

    [Theory]
    [InlineData(DnsType.Txt)]
    [InlineData(DnsType.Mx)]
    [InlineData(DnsType.Srv)]
    [InlineData(DnsType.Caa)]
    [InlineData(DnsType.Naptr)]
    [InlineData(DnsType.Soa)]
    [InlineData(DnsType.Ns)]
    public async Task PassesServiceTypesOnUnlessStrict(DnsType type)
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        await door.AskAsync("good.example", type);
        Assert.Equal(type, Assert.Single(door.Upstream.Queries).Asked.Type);

        door.Judge = DnsDoor.Compile(AllowGood, strict: true);
        var reply = await door.AskAsync("good.example", type);
        Assert.Equal((DnsRcode.NoError, 0), (reply.Rcode, reply.Answers.Count));
        Assert.Single(door.Upstream.Queries);
    }

    [Fact]
    public async Task AnswersAnyWithOneRecordThatSaysNothingAndRefusesItInStrict()
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        Assert.Equal(DnsType.Hinfo, Assert.Single((await door.AskAsync("good.example", DnsType.Any)).Answers).Type);

        door.Judge = DnsDoor.Compile(AllowGood, strict: true);
        Assert.Equal(DnsRcode.Refused, (await door.AskAsync("good.example", DnsType.Any)).Rcode);
        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task StillAnswersAddressesInStrict()
    {
        await using var door = new DnsDoor(AllowGood, Zone) { Judge = DnsDoor.Compile(AllowGood, strict: true) };

        Assert.Equal(["203.0.113.10"], (await door.AskAsync("good.example")).Addresses);
        Assert.Equal(["2001:db8::10"], (await door.AskAsync("good.example", DnsType.Aaaa)).Addresses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnswersReverseNamesFromWhatTheSandboxLearned(bool strict)
    {
        await using var door = new DnsDoor(AllowGood, Zone) { Judge = DnsDoor.Compile(AllowGood, strict: strict) };
        await door.AskAsync("good.example");
        var known = await door.AskAsync("10.113.0.203.in-addr.arpa", DnsType.Ptr);
        var unknown = await door.AskAsync("66.113.0.203.in-addr.arpa", DnsType.Ptr);

        Assert.Equal("good.example", Assert.Single(known.Answers).Target?.ToString());
        Assert.Equal(DnsRcode.NxDomain, unknown.Rcode);
        Assert.Single(door.Upstream.Queries);
    }

    [Fact]
    public async Task RemovesAddressesThatTheGuardForbids()
    {
        await using var door = new DnsDoor(AllowGood, FakeNameServer.Zone(
            ("good.example", "203.0.113.10", 300), ("good.example", "10.0.0.1", 300), ("good.example", "169.254.169.254", 300), ("good.example", "127.0.0.1", 300)));

        Assert.Equal(["203.0.113.10"], (await door.AskAsync("good.example")).Addresses);
        Assert.True(IsBound(door, "203.0.113.10"));
        Assert.False(IsBound(door, "10.0.0.1"));
        Assert.False(IsBound(door, "127.0.0.1"));
    }

    [Theory]
    [InlineData("10.0.0.1", DnsType.A)]
    [InlineData("127.0.0.1", DnsType.A)]
    [InlineData("0.0.0.0", DnsType.A)]
    [InlineData("::1", DnsType.Aaaa)]
    [InlineData("::ffff:10.0.0.1", DnsType.Aaaa)]
    [InlineData("64:ff9b::a00:1", DnsType.Aaaa)]
    [InlineData("fd00:ec2::254", DnsType.Aaaa)]
    public async Task AnswersEmptyWhereNoAddressIsLeft(string address, DnsType type)
    {
        await using var door = new DnsDoor(AllowGood, query => [Wire.Respond(query, 0, [Wire.Record("good.example", type, System.Net.IPAddress.Parse(address).GetAddressBytes())])]);
        var reply = await door.AskAsync("good.example", type);

        Assert.Equal((DnsRcode.NoError, 0, 5u, 15), (reply.Rcode, reply.Answers.Count, reply.NegativeTtl, reply.Error));
        Assert.StartsWith("rebinding;", reply.ErrorText);
        Assert.Equal((Decision.Deny, Reason.Rebinding), (door.Event.Verdict, door.Event.Reason));
        Assert.False(IsBound(door, address));
    }

    [Fact]
    public async Task BindsTheQuestionsNameWhereAliasesLeadElsewhere()
    {
        await using var door = new DnsDoor(AllowGood, query => [Wire.Respond(query, 0,
        [
            Wire.A("bank.example", "203.0.113.99"), Wire.A("cdn.test", "203.0.113.10", 40), Wire.Cname("good.example", "cdn.test", 20),
        ])]);
        var reply = await door.AskAsync("good.example");

        Assert.Equal([DnsType.Cname, DnsType.A], reply.Answers.Select(record => record.Type));
        Assert.Equal([20u, 40u], reply.Answers.Select(record => record.Ttl));
        Assert.True(IsBound(door, "203.0.113.10"));
        Assert.False(door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host("cdn.test"), Of("203.0.113.10")));
        Assert.Equal(0, door.Map.NamesOf(DnsDoor.Lifecycle, Of("203.0.113.99"), []));
    }

    [Fact]
    public async Task DeniesAnAliasThatARuleDenies()
    {
        await using var door = new DnsDoor(
            "rules: [{deny: ['**.evil.example'], label: known bad}, good.example]",
            query => [Wire.Respond(query, 0, [Wire.Cname("good.example", "a.evil.example"), Wire.A("a.evil.example", "203.0.113.66")])]);
        var reply = await door.AskAsync("good.example");

        Assert.Equal((DnsRcode.NxDomain, 0, 15), (reply.Rcode, reply.Answers.Count, reply.Error));
        Assert.Equal((Decision.Deny, Reason.Rule, "1 (known bad)"), (door.Event.Verdict, door.Event.Reason, door.Event.Rule));
        Assert.Equal(0, door.Map.NamesOf(DnsDoor.Lifecycle, Of("203.0.113.66"), []));
    }

    // Its name is in the answer, although nothing is at its end.
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task DeniesAnAliasThatARuleDeniesAlsoWhereItLeadsNowhere(int rcode)
    {
        await using var door = new DnsDoor(
            "rules: [{deny: ['**.evil.example']}, good.example]", query => [Wire.Respond(query, rcode, [Wire.Cname("good.example", "a.evil.example")])]);
        var reply = await door.AskAsync("good.example");

        Assert.Equal((DnsRcode.NxDomain, 0, 15), (reply.Rcode, reply.Answers.Count, reply.Error));
        Assert.Equal((Decision.Deny, Reason.Rule), (door.Event.Verdict, door.Event.Reason));
    }

    [Fact]
    public async Task TheReverseThatARuleDeniesIsDeniedByThatRuleInStrictToo()
    {
        const string policy = "rules: [{deny: '**.in-addr.arpa', label: no reverse}, good.example]";
        await using var door = new DnsDoor(policy, Zone) { Judge = DnsDoor.Compile(policy, strict: true) };

        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("66.113.0.203.in-addr.arpa", DnsType.Ptr)).Rcode);
        Assert.Equal((Reason.Rule, "1 (no reverse)"), (door.Event.Reason, door.Event.Rule));
    }

    [Theory]
    [InlineData("use-application-dns.net", DnsRcode.NxDomain)]
    [InlineData("mask.icloud.com", DnsRcode.NxDomain)]
    [InlineData("mask-h2.icloud.com", DnsRcode.NxDomain)]
    [InlineData("wpad", DnsRcode.NxDomain)]
    [InlineData("wpad.corp.example", DnsRcode.NxDomain)]
    [InlineData("printer.local", DnsRcode.NxDomain)]
    [InlineData("_dns.resolver.arpa", DnsRcode.NoError)]
    [InlineData("ipv4only.arpa", DnsRcode.NoError)]
    public async Task AnswersCanariesWhateverThePolicySays(string name, DnsRcode rcode)
    {
        await using var door = new DnsDoor("default: allow", Zone) { Judge = DnsDoor.Compile("default: allow", Mode.Observe) };
        foreach (var type in new[] { DnsType.A, DnsType.Aaaa, DnsType.Svcb, DnsType.Txt })
        {
            var reply = await door.AskAsync(name, type);
            Assert.Equal((rcode, 0, 5u), (reply.Rcode, reply.Answers.Count, reply.NegativeTtl));
        }

        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task AnswersItsOwnNameWithTheAddressTheQuestionArrivedAtInEveryMode()
    {
        await using var door = new DnsDoor("rules: []") { Judge = Judge.Refusing(Reason.Paused) };
        var six = new System.Net.IPEndPoint(System.Net.IPAddress.IPv6Loopback, door.Endpoint.Port);
        var second = new System.Net.IPEndPoint(System.Net.IPAddress.Parse("127.0.0.2"), door.Endpoint.Port);
        var query = Wire.Query("egress.internal", DnsType.A);
        var query6 = Wire.Query("egress.internal", DnsType.Aaaa);

        Assert.Equal(["127.0.0.1"], (await door.AskAsync(query)).Addresses);
        Assert.Equal(["127.0.0.2"], new DnsReplyView(await DnsDoor.ExchangeAsync(query, second), query).Addresses);
        Assert.Equal(["::1"], new DnsReplyView(await DnsDoor.ExchangeAsync(query6, six), query6).Addresses);
        var other = await door.AskAsync(query6);
        Assert.Equal((DnsRcode.NoError, 0), (other.Rcode, other.Answers.Count));
    }

    // Without its interface it is nobody's address, and an answer has no room for that.
    [Fact]
    public async Task ItsOwnNameHasNoLinkLocalAddress()
    {
        await using var door = new DnsDoor("rules: []");
        var query = Wire.Query("egress.internal", DnsType.Aaaa);
        var request = new DnsRequest(query, Endpoint.From(new IPEndPoint(IPAddress.Parse("fe80::2"), 5000)), Address.From(IPAddress.Parse("fe80::1")), null, Transport.Udp);
        var buffer = new byte[DnsReplyWriter.MaxUdpLength];
        var length = await door.Handler.AnswerAsync(request, buffer, TestContext.Current.CancellationToken);
        var reply = new DnsReplyView(buffer[..length], query);

        Assert.Equal((DnsRcode.NoError, 0), (reply.Rcode, reply.Answers.Count));
    }

    [Fact]
    public async Task RefusesWhoeverIsNoSandbox()
    {
        await using var door = new DnsDoor("default: allow", Zone);
        door.Sandbox = door.Sandbox with { IsKnown = false };
        door.Judge = Judge.Refusing(Reason.UnknownSandbox);
        var reply = await door.AskAsync("good.example");

        Assert.Equal((DnsRcode.Refused, 18), (reply.Rcode, reply.Error));
        Assert.Equal((Decision.Deny, Reason.UnknownSandbox), (door.Event.Verdict, door.Event.Reason));
        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task JudgesWhoeverIsNoSandboxByThePolicyThatStandsForSuch()
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        door.Sandbox = door.Sandbox with { IsKnown = false };

        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("good.example")).Rcode);
        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("bad.example")).Rcode);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", 0)]
    [InlineData("10.77.0.1", "10.77.0.1", 0)]
    [InlineData("fd77::1", "fd77::1", 0)]
    [InlineData("10.77.0.2", "10.77.0.1", 1)]
    public async Task TheMachineThatAsksItselfWhetherItAnswersIsNoEvent(string client, string local, int events)
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        door.Sandbox = door.Sandbox with { IsKnown = false };
        door.Judge = Judge.Refusing(Reason.UnknownSandbox);
        var from = Endpoint.From(new IPEndPoint(IPAddress.Parse(client), 5000));
        var question = new DnsRequest(Wire.Query("egress.internal", DnsType.A), from, Address.From(IPAddress.Parse(local)), null, Transport.Udp);

        Assert.NotEqual(0, await door.Handler.AnswerAsync(question, new byte[DnsReplyWriter.MaxUdpLength], TestContext.Current.CancellationToken));
        Assert.Equal(events, door.Events.Count);
    }

    [Fact]
    public async Task DeniesEverythingToAPausedSandbox()
    {
        await using var door = new DnsDoor(AllowGood, Zone) { Judge = Judge.Refusing(Reason.Paused) };

        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("good.example")).Rcode);
        Assert.Equal(Reason.Paused, door.Event.Reason);
        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task FailsWithoutSayingNoWhenTheNameServersDo()
    {
        await using var door = new DnsDoor(AllowGood, query => [Wire.Respond(query, 2, [])]);
        var reply = await door.AskAsync("good.example");

        Assert.Equal((DnsRcode.ServFail, 23, 0), (reply.Rcode, reply.Error, (int)reply.Header.Authorities));
        Assert.Equal((Decision.Allow, Reason.UpstreamUnresolvable), (door.Event.Verdict, door.Event.Reason));
        door.Upstream.OnUdp = Zone;
        door.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("good.example")).Rcode);
    }

    [Fact]
    public async Task TellsSilentNameServersFromFailingOnes()
    {
        var impatient = new ResolverOptions { AttemptTimeout = TimeSpan.FromMilliseconds(100), QueryTimeout = TimeSpan.FromMilliseconds(200) };
        await using var door = new DnsDoor(AllowGood, resolverOptions: impatient);
        var reply = await door.AskAsync("good.example");

        Assert.Equal((DnsRcode.ServFail, 22), (reply.Rcode, reply.Error));
        Assert.Equal(Reason.UpstreamTimeout, door.Event.Reason);
    }

    [Fact]
    public async Task PassesOnThatANameOrTypeDoesNotExist()
    {
        await using var door = new DnsDoor("rules: [good.example, none.example]", FakeNameServer.Zone(("good.example", "203.0.113.10", 300)));
        var none = await door.AskAsync("none.example");
        var empty = await door.AskAsync("good.example", DnsType.Aaaa);

        Assert.Equal((DnsRcode.NxDomain, 30u), (none.Rcode, none.NegativeTtl));
        Assert.Null(none.Error);
        Assert.Equal((DnsRcode.NoError, 0, 30u), (empty.Rcode, empty.Answers.Count, empty.NegativeTtl));
        Assert.All(door.Events, told => Assert.Equal(Decision.Allow, told.Verdict));
    }

    [Theory]
    [InlineData(Mode.Shadow)]
    [InlineData(Mode.Observe)]
    public async Task TellsWhatItWouldDenyAndAnswersAllTheSame(Mode mode)
    {
        await using var door = new DnsDoor(AllowGood, Zone) { Judge = DnsDoor.Compile(AllowGood, mode) };
        var reply = await door.AskAsync("evil.example");

        Assert.Equal(["203.0.113.66"], reply.Addresses);
        Assert.Null(reply.Error);
        Assert.NotEqual(Decision.Deny, door.Event.Verdict);
        Assert.Equal(Decision.Deny, door.Event.WouldBe);
        Assert.True(door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host("evil.example"), Of("203.0.113.66")));
    }

    [Theory]
    [InlineData(Mode.Enforce, false, true)]
    [InlineData(Mode.Shadow, false, false)]
    [InlineData(Mode.Shadow, true, true)]
    public async Task TellsOfADeniedAliasWhereItDeniesNothing(Mode mode, bool strict, bool isDenied)
    {
        const string policy = "rules: [good.example, {deny: [cdn.evil.example], label: bad cdn}]";
        await using var door = new DnsDoor(policy, query => [Wire.Respond(query, 0, [Wire.Cname("good.example", "cdn.evil.example"), Wire.A("cdn.evil.example", "203.0.113.66")])])
        {
            Judge = DnsDoor.Compile(policy, mode, strict),
        };

        Assert.Equal(isDenied ? 0 : 1, (await door.AskAsync("good.example")).Addresses.Count());
        Assert.Equal((isDenied ? Decision.Deny : Decision.Audit, isDenied ? null : Decision.Deny, "2 (bad cdn)"), (door.Event.Verdict, door.Event.WouldBe, door.Event.Rule));
        Assert.Equal(!isDenied, door.Event.Message?.StartsWith("[shadow] would deny: rule", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PassesOtherTypesOnInShadowButNotThoseThatHideNames()
    {
        await using var door = new DnsDoor(AllowGood, query => [Wire.Respond(query, 0, [Wire.Record("good.example", (DnsType)44, [1, 1, 9, 9])])])
        {
            Judge = DnsDoor.Compile(AllowGood, Mode.Shadow),
        };

        Assert.Equal([1, 1, 9, 9], Assert.Single((await door.AskAsync("good.example", (DnsType)44)).Answers).Content.ToArray());
        Assert.Equal((Decision.Deny, Reason.QueryType), (door.Event.WouldBe, door.Event.Reason));
        Assert.Empty((await door.AskAsync("good.example", DnsType.Https)).Answers);
        Assert.Single(door.Upstream.Queries);
    }

    [Fact]
    public async Task IsStrictInShadowWhenStrictIsOn()
    {
        await using var door = new DnsDoor(AllowGood, Zone) { Judge = DnsDoor.Compile(AllowGood, Mode.Shadow, strict: true) };

        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("evil.example")).Rcode);
        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task SeesAChangeOfPolicyWithTheNextQuestion()
    {
        await using var door = new DnsDoor(AllowGood, Zone);
        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("good.example")).Rcode);

        door.Judge = DnsDoor.Compile("rules: []");
        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("good.example")).Rcode);
    }

    [Fact]
    public async Task KeepsQuietAboutTheSearchListWhereItIsListed()
    {
        var options = new DnsOptions { Endpoint = "[::]:0", LocalSuffixes = ["svc.cluster.local"], QueriesPerSecondPerSandbox = 1 };
        await using var door = new DnsDoor(AllowGood, Zone, options);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("good.example.ns.svc.cluster.local")).Rcode);
        }

        Assert.Empty(door.Events);
        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("good.example")).Rcode);
    }

    [Theory]
    [InlineData("svc.cluster.local")]
    [InlineData("svc.cluster.local.")]
    [InlineData("SVC.Cluster.Local")]
    public async Task ASuffixOfTheSearchListIsOneOfWholeLabels(string suffix)
    {
        await using var door = new DnsDoor(AllowGood, Zone, new DnsOptions { Endpoint = "[::]:0", LocalSuffixes = [suffix] });
        await door.AskAsync("a.svc.cluster.local");
        Assert.Empty(door.Events);
        await door.AskAsync("a.evilsvc.cluster.local");
        Assert.Equal("a.evilsvc.cluster.local", door.Event.Qname);
    }

    [Theory]
    [InlineData(BlockedAnswer.NxDomain, DnsRcode.NxDomain)]
    [InlineData(BlockedAnswer.NoData, DnsRcode.NoError)]
    [InlineData(BlockedAnswer.Refused, DnsRcode.Refused)]
    public async Task DeniesInTheWayThatIsConfigured(object answer, DnsRcode rcode)
    {
        await using var door = new DnsDoor(AllowGood, options: new DnsOptions { Endpoint = "[::]:0", BlockedAnswer = (BlockedAnswer)answer });
        var reply = await door.AskAsync("evil.example");

        Assert.Equal((rcode, 15), (reply.Rcode, reply.Error));
    }

    private static bool IsBound(DnsDoor door, string address) => door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host("good.example"), Of(address));

    private static Address Of(string text)
    {
        Assert.True(Address.TryParse(text, out var address));
        return address;
    }
}
