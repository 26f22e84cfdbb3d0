using SniProxy.Core.Dns;

namespace SniProxy.Events;

/// <summary>What <see cref="EventJson"/> writes of a <see cref="DnsDecision"/>'s event, byte for byte: most of its fields are the same in all of them.</summary>
internal static class DnsEventJson
{
    public static void WriteFields(LineBuffer line, in DnsDecision decision)
    {
        var sandbox = decision.Sandbox;
        var verdict = decision.Verdict;
        line.Append(",\"id\":\""u8);
        decision.Id.Format(line.Reserve(DecisionId.Length));
        line.Advance(DecisionId.Length);
        line.Append("\",\"time\":"u8);
        line.Time(decision.Id.Time);
        line.Append(""","kind":"dns","flow":null,"sandbox":"""u8);
        line.Text(sandbox.Id);
        line.Append(""","service":"""u8);
        line.Text(sandbox.Service);
        line.Append(""","phase":"""u8);
        line.Text(sandbox.Phase);
        line.Append(""","labels":"""u8);
        EventJson.Labels(line, sandbox.Labels);
        line.Append(""","policy":"""u8);
        line.Text(decision.Policy);
        line.Append(""","revision":"""u8);
        line.Number(decision.Revision);
        line.Append(""","listener":"dns","transport":"""u8);
        line.Append(EventJson.Transports[(int)decision.Transport]);
        line.Append(""","protocol":"dns","client":"""u8);
        line.Endpoint(decision.Client);
        line.Append(""","originalDestination":null,"name":"""u8);
        line.Text(decision.Name?.Value);
        line.Append(""","evidence":null,"bound":false,"dialled":null,"rewritten":false,"verdict":"""u8);
        line.Append(EventJson.Verdicts[(int)verdict.Decision]);
        line.Append(verdict.WouldDeny ? ""","wouldBe":"deny","reason":"""u8 : ""","wouldBe":null,"reason":"""u8);
        line.Append(EventJson.Reasons[(int)verdict.Reason]);
        line.Append(""","message":"""u8);
        line.Text(decision.Message);
        line.Append(""","nearMiss":"""u8);
        line.Text(decision.NearMiss);
        line.Append(""","rule":"""u8);
        line.Text(verdict.RuleName);
        line.Append(""","grant":"""u8);
        line.Text(verdict.GrantId);
        line.Append(""","tlsVersion":null,"alpn":null,"ja4":null,"ech":false,"bytesUp":0,"bytesDown":0,"connectMs":null,"durationMs":"""u8);
        line.Milliseconds(decision.DurationMs);
        line.Append(""","ending":null,"qname":"""u8);
        line.Text(decision.Name?.Value);
        line.Append(""","qtype":"""u8);
        line.Text(decision.Type?.Mnemonic());
        line.Append(",\"answer\":\""u8);
        line.Advance(decision.FormatAnswer(line.Reserve(DnsDecision.MaxAnswer)));
        line.Append("\",\"count\":1"u8);
    }
}
