using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Drafts;
using SniProxy.Core.Policies.Exports;
using SniProxy.Core.Policies.Lint;
using SniProxy.Core.Policies.Replays;

namespace SniProxy.Core.Tests.Policies.Drafts;

/// <summary>A draft allows what was recorded, in few entries, and widens only where that is harmless.</summary>
public sealed class DraftTests
{
    private static readonly WatchedNames Names = new(
        PublicSuffixes.Parse("""
            // ===BEGIN ICANN DOMAINS===
            com
            example
            uk
            co.uk
            // ===BEGIN PRIVATE DOMAINS===
            pages.example
            """),
        ListedName.Parse("blob.core.example  Somebody"),
        ListedName.Parse("dns.resolver.example  Somebody"),
        ListedName.Parse("ech.front.example  Somebody"));

    private static readonly string[] Hosts =
    [
        "a.corp.example", "b.corp.example", "c.corp.example", "d.corp.example", "e.corp.example", "corp.example", "x.a.corp.example", "one.com", "two.com", "three.com", "four.com", "five.com",
        "a.co.uk", "b.co.uk", "c.co.uk", "d.co.uk", "e.co.uk", "a.pages.example", "b.pages.example", "c.pages.example", "d.pages.example", "e.pages.example", "f1.blob.core.example",
        "f2.blob.core.example", "f3.blob.core.example", "f4.blob.core.example", "f5.blob.core.example", "r1.resolver.example", "r2.resolver.example", "r3.resolver.example", "r4.resolver.example",
        "r5.resolver.example", "f1.front.example", "f2.front.example", "f3.front.example", "f4.front.example", "f5.front.example", "db", "localname",
    ];

    private static readonly (Protocol Protocol, ushort Port)[] Traffic =
    [
        (Protocol.Tls, 443), (Protocol.Tls, 443), (Protocol.Tls, 8443), (Protocol.Http, 80), (Protocol.Http, 8080), (Protocol.Http, 443), (Protocol.Tls, 80), (Protocol.Ssh, 22), (Protocol.Ssh, 2222),
        (Protocol.Postgres, 5432), (Protocol.MySql, 3306), (Protocol.Redis, 6379), (Protocol.Other, 9000), (Protocol.Other, 443), (Protocol.Unread, 21),
    ];

    [Fact]
    public void WhateverWasLetThroughIsAllowedByTheDraftAsWritten()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            RecordedFlow[] flows = [.. Enumerable.Range(0, random.Next(40)).Select(_ => Flow(random))];
            var draft = PolicyDraft.Of(flows, Options(random.Next(2) == 0, random.Next(2) == 0, random.Next(7)), Given.Now);
            Assert.Empty(draft.Uncovered);

            // Not the draft itself, but what a reader makes of its text.
            var reading = PolicyDocumentReader.Read(PolicyDocumentWriter.Write(draft.Document), "d", "d");
            Assert.Empty(reading.Errors);
            Assert.NotNull(reading.Document);
            var policy = PolicyCompiler.Compile(reading.Document, revision: 1, Given.Now);
            Assert.All(flows.Where(flow => flow.Verdict != Decision.Deny), flow => Assert.Equal((seed, flow.Destination, Decision.Allow), (seed, flow.Destination, flow.JudgeBy(policy, Given.Now).Decision)));

            // And none of the lists is breached.
            var document = reading.Document;
            Assert.DoesNotContain(
                PolicyLint.Check(document, PolicyDocumentWriter.Write(document), "d", new LintFacts(Given.Now, Names)), finding => finding.Lint is not ("address-owner" or "unreachable"));
        }
    }

    [Fact]
    public void EveryOtherNameStaysDenied()
    {
        var draft = PolicyDraft.Of([Tls("a.corp.example"), Tls("b.corp.example"), Tls("one.com")], Options(), Given.Now);
        var policy = PolicyCompiler.Compile(draft.Document, revision: 1, Given.Now);
        Assert.All(new[] { "c.corp.example", "corp.example", "x.a.corp.example", "two.com" }, host => Assert.Equal(Decision.Deny, Tls(host).JudgeBy(policy, Given.Now).Decision));
    }

    [Fact]
    public void NamesSideBySideBecomeAWildcardWhereNobodyElseHasAnyThere()
    {
        RecordedFlow[] flows = [.. Hosts.Where(host => host != "x.a.corp.example").Select(host => Tls(host))];
        var entries = Entries(PolicyDraft.Of(flows, Options(), Given.Now));
        Assert.Contains("*.corp.example", entries);
        Assert.DoesNotContain("a.corp.example", entries);
        Assert.Equal(["*.corp.example"], entries.Where(entry => entry.Contains('*')));
        Assert.All(new[] { "a.co.uk", "a.pages.example", "f1.blob.core.example", "r1.resolver.example", "f1.front.example", "one.com" }, host => Assert.Contains(host, entries));
        Assert.DoesNotContain(Entries(PolicyDraft.Of(flows, Options(widenFrom: 0), Given.Now)), entry => entry.Contains('*'));
    }

    [Fact]
    public void PortsOfOneHostShareAnEntry()
    {
        var draft = PolicyDraft.Of([Tls("a.example", 443), Tls("a.example", 8443), Tls("a.example", 8080), Raw(Protocol.Ssh, 22, "a.example", "203.0.113.9")], Options(), Given.Now);
        Assert.Equal(["a.example:80,443,8080,8443", "ssh://a.example"], Entries(draft));
        Assert.Single(draft.Document.Rules);
    }

    [Fact]
    public void NamesThatLeadInsideSayWhere()
    {
        var draft = PolicyDraft.Of([Tls("db.corp.example") with { Address = Given.Address("10.1.2.3") }, Tls("one.com")], Options(), Given.Now);
        Assert.Equal(2, draft.Document.Rules.Count);
        Assert.Equal("10.1.2.3", Assert.Single(draft.Document.Rules.Single(rule => rule.ResolvesTo.Count > 0).ResolvesTo).ToString());
        Assert.Empty(draft.Uncovered);
    }

    [Fact]
    public void RulesAreForTheServiceAndThePhaseThatNeededThem()
    {
        var draft = PolicyDraft.Of([Labelled("one.com", "ci", "fetch"), Labelled("two.com", "ci", "test"), Labelled("three.com", "web", "test")], Options(byService: true, byPhase: true), Given.Now);
        Assert.Equal(
            ["phase=fetch service=ci: one.com", "phase=test service=ci: two.com", "phase=test service=web: three.com"],
            draft.Document.Rules.Select(rule => $"{string.Join(' ', (rule.When?.Labels ?? new Dictionary<string, string>()).OrderBy(label => label.Key).Select(label => $"{label.Key}={label.Value}"))}: {rule.Scope[0]}"));
        var policy = PolicyCompiler.Compile(draft.Document, revision: 1, Given.Now);
        Assert.Equal(Decision.Deny, Labelled("one.com", "ci", "test").JudgeBy(policy, Given.Now).Decision);
        Assert.Equal(3, PolicyDraft.Of([Labelled("one.com", "ci", "fetch"), Labelled("two.com", "ci", "test"), Labelled("three.com", "web", "test")], Options(), Given.Now).Document.Rules[0].Scope.Count);
    }

    [Fact]
    public void WhatWasDeniedOrOnlyAskedForMakesNoRule() => Assert.Empty(
        PolicyDraft.Of([Tls("a.example") with { Verdict = Decision.Deny }, new RecordedFlow { IsQuestion = true, Name = Given.Name("b.example"), Verdict = Decision.Allow }], Options(), Given.Now).Document.Rules);

    [Fact]
    public void WhatNoRuleCanAllowIsTold()
    {
        var draft = PolicyDraft.Of([Tls("a.example") with { Address = Given.Address("127.0.0.1") }], Options(), Given.Now);
        Assert.Equal(("tls://a.example:443", Reason.GuardNever), Assert.Single(draft.Uncovered));
    }

    private static DraftOptions Options(bool byService = false, bool byPhase = false, int widenFrom = 5) =>
        new() { Name = "d", Names = Names, ByService = byService, ByPhase = byPhase, WidenFrom = widenFrom };

    private static string[] Entries(PolicyDraft draft) => [.. draft.Document.Rules.SelectMany(rule => rule.Scope).Select(entry => entry.Text).Order(StringComparer.Ordinal)];

    private static RecordedFlow Tls(string host, ushort port = 443) => new()
    {
        Protocol = Protocol.Tls, Port = port, Name = Given.Name(host), Evidence = Evidence.Sni, Address = Given.Address("203.0.113.7"), Verdict = Decision.Allow,
    };

    private static RecordedFlow Labelled(string host, string service, string phase) =>
        Tls(host) with { Service = service, Phase = phase, Labels = new Dictionary<string, string> { ["service"] = service, ["phase"] = phase } };

    private static RecordedFlow Raw(Protocol protocol, ushort port, string? host, string address) => new()
    {
        Protocol = protocol, Port = port, Name = host is null ? null : Given.Name(host), Evidence = host is null ? Evidence.None : Evidence.Dns, Address = Given.Address(address), Verdict = Decision.Audit,
    };

    // Whatever shadow lets pass: also what enforce would deny for its port, its protocol, its unreadable name or its private address.
    private static RecordedFlow Flow(Random random)
    {
        var (protocol, port) = Traffic[random.Next(Traffic.Length)];
        var carriesName = protocol is Protocol.Tls or Protocol.Http;
        var host = random.Next(8) == 0 ? null : Hosts[random.Next(Hosts.Length)];
        var service = random.Next(3) switch { 0 => null, 1 => "ci", _ => "web" };
        var labels = new Dictionary<string, string>();
        if (service is not null)
        {
            labels.Add("service", service);
            labels.Add("phase", "build");
        }

        return new RecordedFlow
        {
            Protocol = protocol,
            Port = port,
            Name = host is null ? null : Given.Name(host),
            Evidence = host is null ? Evidence.None : carriesName ? Evidence.Sni : Evidence.Dns,
            Address = random.Next(6) switch { 0 => Address.FromIPv4(0x0a000000 | (uint)random.Next(4)), 1 => Given.Address("2001:db8::7"), _ => Address.FromIPv4(0xcb007100 | (uint)random.Next(8)) },
            Unreadable = protocol == Protocol.Tls && host is null ? Reason.MalformedClientHello : Reason.None,
            Verdict = random.Next(5) switch { 0 => Decision.Deny, 1 => Decision.Allow, _ => Decision.Audit },
            Service = service,
            Phase = service is null ? null : "build",
            Labels = labels,
        };
    }
}
