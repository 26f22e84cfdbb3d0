using System.Net;
using System.Text.Json;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Events;

namespace SniProxy.Tests.Events;

public sealed class EventJsonTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Fact]
    public async Task WritesEveryFieldOfAFlow()
    {
        var line = await WriteAsync(new FlowEvent
        {
            Id = "01JD0000000000000000000001",
            Time = new DateTimeOffset(2025, 11, 21, 1, 2, 3, 450, TimeSpan.FromHours(1)),
            Flow = "01JD0000000000000000000000",
            Kind = EventKind.Request,
            Sandbox = "sbx-1",
            Service = "billing",
            Phase = "build",
            Labels = new Dictionary<string, string> { ["team"] = "a" },
            Policy = "ci",
            Revision = 7,
            Listener = "transparent",
            Transport = Transport.Tcp,
            Protocol = Protocol.MySql,
            Client = Endpoint.From(new IPEndPoint(IPAddress.Parse("::ffff:10.77.0.2"), 40001)),
            OriginalDestination = Endpoint.From(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 443)),
            Name = "files.example",
            Evidence = Evidence.Sni,
            Bound = true,
            Dialled = Endpoint.From(new IPEndPoint(IPAddress.Parse("203.0.113.9"), 443)),
            Rewritten = true,
            Verdict = Decision.Audit,
            WouldBe = Decision.Deny,
            Reason = Reason.GuardPrivate,
            Message = "[shadow] would deny: default",
            NearMiss = "rule 2 (pip)",
            Rule = "3 (all)",
            Grant = "g1",
            TlsVersion = "1.3",
            Alpn = "h2",
            Ja4 = "t13d",
            Ech = true,
            BytesUp = 12,
            BytesDown = 34,
            ConnectMs = 1.23456,
            DurationMs = 5,
            Ending = Ending.UpstreamReset,
        });

        var zeros = new string('0', 64);
        Assert.StartsWith(
            $$"""{"seq":1,"prev":"{{zeros}}","id":"01JD0000000000000000000001","time":"2025-11-21T00:02:03.45Z","kind":"request","flow":"01JD0000000000000000000000","sandbox":"sbx-1","service":"billing","phase":"build","labels":{"team":"a"},"policy":"ci","revision":7,"listener":"transparent","transport":"tcp","protocol":"mysql","client":"10.77.0.2:40001","originalDestination":"[2001:db8::1]:443","name":"files.example","evidence":"sni","bound":true,"dialled":"203.0.113.9:443","rewritten":true,"verdict":"audit","wouldBe":"deny","reason":"guard_private","message":"[shadow] would deny: default","nearMiss":"rule 2 (pip)","rule":"3 (all)","grant":"g1","tlsVersion":"1.3","alpn":"h2","ja4":"t13d","ech":true,"bytesUp":12,"bytesDown":34,"connectMs":1.235,"durationMs":5,"ending":"upstream_reset","qname":null,"qtype":null,"answer":null,"count":1,"hash":""",
            line,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task WritesNullForWhatAQuestionDoesNotHave()
    {
        var line = await WriteAsync(new FlowEvent
        {
            Id = "Q",
            Time = DateTimeOffset.UnixEpoch,
            Kind = EventKind.Dns,
            Transport = Transport.Udp,
            Protocol = Protocol.Dns,
            Verdict = Decision.Allow,
            Reason = Reason.Rule,
            Qname = "pypi.org",
            Qtype = "AAAA",
            Answer = "NOERROR 2001:db8::1",
        });

        Assert.Contains(""""time":"1970-01-01T00:00:00Z","kind":"dns","flow":null,"sandbox":null,"service":null,"phase":null,"labels":null,"policy":null,"""", line, StringComparison.Ordinal);
        Assert.Contains(""""ending":null,"qname":"pypi.org","qtype":"AAAA","answer":"NOERROR 2001:db8::1","count":1"""", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WritesNullForADecisionThatAChangeIsNot()
    {
        var line = await WriteAsync(new FlowEvent
        {
            Id = "C", Time = DateTimeOffset.UnixEpoch, Kind = EventKind.Change, Verdict = Decision.Allow, Revision = 9, Actor = "ann", Message = "strict on",
        });
        Assert.Contains(""""kind":"change"""", line, StringComparison.Ordinal);
        Assert.Contains(""""transport":null,"protocol":null,"""", line, StringComparison.Ordinal);
        Assert.Contains(""""verdict":null,"wouldBe":null,"reason":null,"message":"strict on","""", line, StringComparison.Ordinal);
        Assert.Contains(""""ending":null,"qname":null,"qtype":null,"answer":null,"actor":"ann","""", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryReasonAndEndingHasAWord()
    {
        var lines = new List<string>();
        foreach (var reason in Enum.GetValues<Reason>())
        {
            lines.Add(await WriteAsync(Sample.Denied(1, reason: reason)));
        }

        Assert.Equal(lines.Count, lines.Distinct().Count());
        Assert.All(lines, line => Assert.Matches("\"reason\":\"[a-z_]+\"", line));
    }

    [Theory]
    [InlineData("line\nfeed")]
    [InlineData("\"},{\"verdict\":\"allow\"")]
    [InlineData("nul\0 escape\u001b[2J separator\u2028")]
    [InlineData("lone surrogate \ud800 end")]
    public async Task NoTextCanForgeOrBreakALine(string text)
    {
        var line = await WriteAsync(Sample.Denied(1) with { Message = text, Rule = text, Labels = new Dictionary<string, string> { [text] = text } });
        Assert.DoesNotContain(line, letter => letter is < ' ' or > '~');
        using var json = JsonDocument.Parse(line);
        Assert.Equal("deny", json.RootElement.GetProperty("verdict").GetString());
        Assert.Equal(text.Replace('\ud800', '\ufffd'), json.RootElement.GetProperty("message").GetString());
    }

    public void Dispose() => folder.Dispose();

    private async Task<string> WriteAsync(FlowEvent flowEvent)
    {
        var path = folder.File(Guid.NewGuid() + ".jsonl");
        await using (var log = new EventLog(path))
        {
            log.Record(flowEvent);
        }

        return Assert.Single(await File.ReadAllLinesAsync(path));
    }
}
