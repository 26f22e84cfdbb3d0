// Over 200 lines: every field of a line stands here, in the order in which it is written.
using System.Text;
using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>
/// One event as one JSON object. Every field is always there, in this order; an absent value is null. Names of fields are a contract
/// with whoever reads the file.
/// </summary>
internal static class EventJson
{
    private static readonly byte[][] Kinds = Words<EventKind>(ContractNames.Identifier);
    internal static readonly byte[][] Transports = Words<Transport>(ContractNames.Identifier);
    private static readonly byte[][] Protocols = Words<Protocol>(ContractNames.Identifier);
    private static readonly byte[][] EvidenceKinds = Words<Evidence>(ContractNames.Identifier);
    internal static readonly byte[][] Verdicts = Words<Decision>(ContractNames.Identifier);
    internal static readonly byte[][] Reasons = Words<Reason>(ContractNames.Identifier);
    private static readonly byte[][] Endings = Words<Ending>(ContractNames.Identifier);

    private static ReadOnlySpan<byte> Null => "null"u8;

    /// <summary>Writes the fields, each with a comma before it: others stand first.</summary>
    public static void WriteFields(LineBuffer line, in FlowEvent flow)
    {
        // A change decides nothing; the zeros of these enums would say that it had.
        var isChange = flow.Kind == EventKind.Change;
        line.Append(""","id":"""u8);
        line.Text(flow.Id);
        line.Append(""","time":"""u8);
        line.Time(flow.Time);
        line.Append(""","kind":"""u8);
        line.Append(Kinds[(int)flow.Kind]);
        line.Append(""","flow":"""u8);
        line.Text(flow.Flow);
        line.Append(""","sandbox":"""u8);
        line.Text(flow.Sandbox);
        line.Append(""","service":"""u8);
        line.Text(flow.Service);
        line.Append(""","phase":"""u8);
        line.Text(flow.Phase);
        line.Append(""","labels":"""u8);
        Labels(line, flow.Labels);
        line.Append(""","policy":"""u8);
        line.Text(flow.Policy);
        line.Append(""","revision":"""u8);
        line.Number(flow.Revision);
        line.Append(""","listener":"""u8);
        line.Text(flow.Listener);
        line.Append(""","transport":"""u8);
        line.Append(isChange ? Null : Transports[(int)flow.Transport]);
        line.Append(""","protocol":"""u8);
        line.Append(isChange ? Null : Protocols[(int)flow.Protocol]);
        line.Append(""","client":"""u8);
        line.Endpoint(flow.Client);
        line.Append(""","originalDestination":"""u8);
        line.Endpoint(flow.OriginalDestination);
        line.Append(""","name":"""u8);
        line.Text(flow.Name);
        line.Append(""","evidence":"""u8);
        line.Append(flow.Evidence == Evidence.None ? Null : EvidenceKinds[(int)flow.Evidence]);
        line.Append(flow.Bound ? ""","bound":true"""u8 : ""","bound":false"""u8);
        WriteDialled(line, flow);
        line.Append(""","verdict":"""u8);
        line.Append(isChange ? Null : Verdicts[(int)flow.Verdict]);
        line.Append(""","wouldBe":"""u8);
        line.Append(flow.WouldBe is { } wouldBe ? Verdicts[(int)wouldBe] : Null);
        line.Append(""","reason":"""u8);
        line.Append(isChange ? Null : Reasons[(int)flow.Reason]);
        line.Append(""","message":"""u8);
        line.Text(flow.Message);
        line.Append(""","nearMiss":"""u8);
        line.Text(flow.NearMiss);
        WriteRule(line, flow);
        line.Append(""","tlsVersion":"""u8);
        line.Text(flow.TlsVersion);
        line.Append(""","alpn":"""u8);
        line.Text(flow.Alpn);
        line.Append(""","ja4":"""u8);
        line.Text(flow.Ja4);
        line.Append(flow.Ech ? ""","ech":true"""u8 : ""","ech":false"""u8);
        WriteCarried(line, flow);
        line.Append(""","durationMs":"""u8);
        line.Milliseconds(flow.DurationMs);

        // A question has no ending; the enum's zero would read as a refusal.
        line.Append(""","ending":"""u8);
        line.Append(isChange || flow.Kind == EventKind.Dns ? Null : Endings[(int)flow.Ending]);
        WriteQuestion(line, flow);
        if (isChange)
        {
            line.Append(""","actor":"""u8);
            line.Text(flow.Actor);
        }

        line.Append(""","count":"""u8);
        line.Number(flow.Count);
    }

    // Who is refused has reached nothing and carried nothing, and no connection is a question: fields that are absent together are one piece.
    private static void WriteDialled(LineBuffer line, in FlowEvent flow)
    {
        if (flow is { Dialled: null, Rewritten: false })
        {
            line.Append(""","dialled":null,"rewritten":false"""u8);
            return;
        }

        line.Append(""","dialled":"""u8);
        line.Endpoint(flow.Dialled);
        line.Append(flow.Rewritten ? ""","rewritten":true"""u8 : ""","rewritten":false"""u8);
    }

    private static void WriteRule(LineBuffer line, in FlowEvent flow)
    {
        if (flow is { Rule: null, Grant: null })
        {
            line.Append(""","rule":null,"grant":null"""u8);
            return;
        }

        line.Append(""","rule":"""u8);
        line.Text(flow.Rule);
        line.Append(""","grant":"""u8);
        line.Text(flow.Grant);
    }

    private static void WriteCarried(LineBuffer line, in FlowEvent flow)
    {
        if (flow is { BytesUp: 0, BytesDown: 0, ConnectMs: null })
        {
            line.Append(""","bytesUp":0,"bytesDown":0,"connectMs":null"""u8);
            return;
        }

        line.Append(""","bytesUp":"""u8);
        line.Number(flow.BytesUp);
        line.Append(""","bytesDown":"""u8);
        line.Number(flow.BytesDown);
        line.Append(""","connectMs":"""u8);
        line.Milliseconds(flow.ConnectMs);
    }

    private static void WriteQuestion(LineBuffer line, in FlowEvent flow)
    {
        if (flow is { Qname: null, Qtype: null, Answer: null })
        {
            line.Append(""","qname":null,"qtype":null,"answer":null"""u8);
            return;
        }

        line.Append(""","qname":"""u8);
        line.Text(flow.Qname);
        line.Append(""","qtype":"""u8);
        line.Text(flow.Qtype);
        line.Append(""","answer":"""u8);
        line.Text(flow.Answer);
    }

    internal static void Labels(LineBuffer line, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            line.Append(Null);
            return;
        }

        line.Append("{"u8);
        if (labels is Dictionary<string, string> dictionary)
        {
            // As everywhere in the program; by its own type it is walked without an enumerator on the heap.
            foreach (var (key, value) in dictionary)
            {
                Label(line, key, value);
            }
        }
        else
        {
            foreach (var (key, value) in labels)
            {
                Label(line, key, value);
            }
        }

        line.Append("}"u8);
    }

    private static void Label(LineBuffer line, string key, string value)
    {
        if (line.Written[^1] != (byte)'{')
        {
            line.Append(","u8);
        }

        line.Text(key);
        line.Append(":"u8);
        line.Text(value);
    }

    private static byte[][] Words<T>(Func<T, string> identifier)
        where T : struct, Enum =>
        [.. Enum.GetValues<T>().Select(value => Encoding.ASCII.GetBytes($"\"{identifier(value)}\""))];
}
