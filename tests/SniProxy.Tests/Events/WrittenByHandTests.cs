using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Policies;
using SniProxy.Events;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Events;

/// <summary>Lines are written by hand for their speed; what they are is what the runtime's own writer makes of the same event.</summary>
public sealed class WrittenByHandTests
{
    private static readonly string?[] Texts =
    [
        null, string.Empty, "a", "pypi.org", "agent-runtime", "rule 2 (pip)", "[shadow] would deny: default", "tab\there", "quote\"d", "back\\slash", "<script>&'+`",
        "nul\0 \u001b[2J", "\u007f", "\u0080\u00ff", "caf\u00e9", "\u65e5\u672c", "\u2028\u2029", "\ud83d\ude00", "\ud800", "\udc00 end", "end \ud83d", "\ufeff\uffff", "line\r\nfeed\b\f",
    ];

    private static readonly double?[] Numbers =
    [
        null, 0, -0.0, 0.0004, 0.0005, 0.001, 0.0015, 0.1 + 0.2, 1, 1.005, 1.23456, 10, 123456.789, 1e9 + 0.001, 1e11, 99999999999.999, 1e12, 1e15, 1e16, 1e21, -1.5, -0.0001,
        double.Epsilon, double.MaxValue, double.MinValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
    ];

    [Fact]
    public void EveryByteIsTheRuntimesWriters()
    {
        var random = new Random(20_260_101);
        var line = new LineBuffer();
        for (var i = 0; i < 20_000; i++)
        {
            var flow = Made(random);
            line.Truncate(0);
            EventJson.WriteFields(line, flow);
            Assert.Equal(Expected(flow), Encoding.UTF8.GetString(line.Written));
        }
    }

    [Fact]
    public void ADecisionOnAQuestionIsItsEventsLine()
    {
        var random = new Random(20_260_102);
        var ids = new EventIds(TimeProvider.System);
        var (byHand, byEvent) = (new LineBuffer(), new LineBuffer());
        for (var i = 0; i < 20_000; i++)
        {
            var decision = MadeDecision(random, ids);
            byHand.Truncate(0);
            byEvent.Truncate(0);
            DnsEventJson.WriteFields(byHand, decision);
            EventJson.WriteFields(byEvent, decision.ToEvent());
            Assert.Equal(Encoding.UTF8.GetString(byEvent.Written), Encoding.UTF8.GetString(byHand.Written));
        }
    }

    [Fact]
    public void EveryLetterIsTheRuntimesWriters()
    {
        var line = new LineBuffer();
        for (var letter = 0; letter <= char.MaxValue; letter++)
        {
            var text = $"a{(char)letter}b";
            line.Truncate(0);
            line.Text(text);
            Assert.Equal(Written(json => json.WriteStringValue(text)), Encoding.UTF8.GetString(line.Written));
        }
    }

    [Fact]
    public void EveryMicrosecondIsTheRuntimesWriters()
    {
        var random = new Random(3);
        var line = new LineBuffer();
        for (var i = 0; i < 200_000; i++)
        {
            var value = i < 20_000 ? i / 1000.0 : random.NextDouble() * Math.Pow(10, random.Next(-6, 17));
            line.Truncate(0);
            line.Milliseconds(value);
            Assert.Equal(Written(json => json.WriteNumberValue(Math.Round(value, 3))), Encoding.UTF8.GetString(line.Written));
        }
    }

    [Fact]
    public void AnEventOfFlowsTakesNothingFromTheHeap()
    {
        var line = new LineBuffer();
        var flow = Made(new Random(1)) with
        {
            Labels = new Dictionary<string, string> { ["team"] = "a" },
            Client = Given("10.77.0.2", 40_000),
            OriginalDestination = Given("203.0.113.9", 443),
            Dialled = null,
        };
        Write();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Write();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Write()
        {
            line.Truncate(0);
            ChainLink.Start.WriteHead(line);
            EventJson.WriteFields(line, flow);
            ChainLink.Start.Close(line, 0);
        }
    }

    [Fact]
    public void HashesOfLinesAreSha256WhereverTheyComeFrom()
    {
        Assert.True(LineHash.IsDirect);
        var random = new Random(2);
        for (var length = 0; length < 2_000; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            var hash = System.Security.Cryptography.SHA256.HashData(bytes);
            Assert.Equal(Convert.ToHexStringLower(hash), LineHash.Of(bytes).ToString());
        }
    }

    private static Endpoint Given(string address, int port) => Endpoint.From(new IPEndPoint(IPAddress.Parse(address), port));

    private static DnsDecision MadeDecision(Random random, EventIds ids) => new()
    {
        Id = ids.NextId() with { Time = DateTimeOffset.UnixEpoch.AddTicks(random.NextInt64(1L << 55)) },
        Sandbox = new Sandbox { Id = Text(random) ?? "sbx", Lifecycle = 1, Labels = Labels(random) ?? new Dictionary<string, string> { ["service"] = "agent", ["phase"] = "build" } },
        Policy = Text(random),
        Revision = Whole(random),
        Transport = Any<Transport>(random),
        Client = At(random) ?? default,
        Name = random.Next(3) == 0 ? null : Wire.Host($"n{random.Next(1000)}.example"),
        Type = random.Next(5) == 0 ? null : random.Next(3) == 0 ? (DnsType)random.Next(65536) : Any<DnsType>(random),
        Verdict = new Verdict(Any<Decision>(random), Any<Reason>(random), RuleOf(random), random.Next(2) == 0),
        Message = Text(random),
        NearMiss = Text(random),
        DurationMs = Math.Abs(Pick(random, Numbers) ?? 0),
        Reply = new DnsReply { Rcode = Any<DnsRcode>(random), Answers = random.Next(3) == 0 ? null : [.. Enumerable.Range(0, random.Next(20)).Select(_ => RecordOf(random))] },
    };

    private static PolicyRule? RuleOf(Random random) => random.Next(3) switch
    {
        0 => null,
        1 => new PolicyRule { Name = "grant", Decision = Decision.Allow, Grant = "g1" },
        _ => new PolicyRule { Name = Text(random) ?? "1", Decision = Decision.Deny },
    };

    private static DnsRecord RecordOf(Random random)
    {
        var owner = DnsName.From(Wire.Host("n.example"));
        return random.Next(4) == 0
            ? new DnsRecord(owner, DnsType.Txt, 1, new byte[] { 1, 2 })
            : DnsRecord.ForAddress(owner, At(random)?.Address ?? Address.FromIPv4(1), 1);
    }

    private static FlowEvent Made(Random random) => new()
    {
        Id = Text(random) ?? "id",
        Time = new DateTimeOffset(random.NextInt64(DateTime.MaxValue.Ticks / 10_000_000) * 10_000_000 + Pick<long>(random, [0, 1, 10, 4_500_000, 9_999_999, random.Next(10_000_000)]), TimeSpan.Zero),
        Kind = Any<EventKind>(random),
        Flow = Text(random),
        Sandbox = Text(random),
        Service = Text(random),
        Phase = Text(random),
        Labels = Labels(random),
        Policy = Text(random),
        Revision = Whole(random),
        Listener = Text(random),
        Transport = Any<Transport>(random),
        Protocol = Any<Protocol>(random),
        Client = At(random),
        OriginalDestination = At(random),
        Name = Text(random),
        Evidence = Any<Evidence>(random),
        Bound = random.Next(2) == 0,
        Dialled = At(random),
        Rewritten = random.Next(2) == 0,
        Verdict = Any<Decision>(random),
        WouldBe = random.Next(2) == 0 ? null : Any<Decision>(random),
        Reason = Any<Reason>(random),
        Message = Text(random),
        NearMiss = Text(random),
        Rule = Text(random),
        Grant = Text(random),
        Actor = Text(random),
        TlsVersion = Text(random),
        Alpn = Text(random),
        Ja4 = Text(random),
        Ech = random.Next(2) == 0,
        BytesUp = Whole(random),
        BytesDown = Whole(random),
        ConnectMs = Pick(random, Numbers),
        DurationMs = Pick(random, Numbers) ?? random.NextDouble() * 1000,
        Ending = Any<Ending>(random),
        Qname = Text(random),
        Qtype = Text(random),
        Answer = Text(random),
        Count = Whole(random),
    };

    private static T Pick<T>(Random random, T[] values) => values[random.Next(values.Length)];

    private static T Any<T>(Random random)
        where T : struct, Enum => Pick(random, Enum.GetValues<T>());

    private static long Whole(Random random) => Pick<long>(random, [0, 1, -1, random.Next(), random.NextInt64(), long.MaxValue, long.MinValue]);

    private static string? Text(Random random) => random.Next(12) switch
    {
        0 => string.Concat(Pick(random, Texts), Pick(random, Texts), Pick(random, Texts)),
        1 => new string([.. Enumerable.Range(0, random.Next(300)).Select(_ => (char)random.Next(char.MaxValue + 1))]),
        2 => new string((char)random.Next(32, 127), random.Next(70)),
        3 when random.Next(200) == 0 => new string('x', 70_000) + Pick(random, Texts) + new string('\u00e9', 20_000),
        _ => Pick(random, Texts),
    };

    private static IReadOnlyDictionary<string, string>? Labels(Random random)
    {
        if (random.Next(4) == 0)
        {
            return null;
        }

        var labels = new Dictionary<string, string>();
        for (var i = random.Next(4); i > 0; i--)
        {
            labels[Text(random) ?? "none"] = Text(random) ?? "none";
        }

        return random.Next(2) == 0 ? labels : new SortedDictionary<string, string>(labels, StringComparer.Ordinal);
    }

    private static Endpoint? At(Random random)
    {
        var bytes = new byte[random.Next(2) == 0 ? 4 : 16];
        random.NextBytes(bytes);
        return random.Next(8) switch
        {
            0 => null,
            1 => default(Endpoint),
            2 => Given(Pick(random, ["::ffff:10.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "fe80::1", "2001:db8::", "1:2:3:4:5:6:7:8", "::1.2.3.4", "64:ff9b::a00:1"]), random.Next(65_536)),
            _ => new Endpoint(Address.FromBytes(bytes), (ushort)random.Next(65_536)),
        };
    }

    private static string Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    // Fields that come after others begin with a comma, as they do behind an earlier field.
    private static string Expected(FlowEvent flow) => Written(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("seq", 1);
        WriteFields(json, flow);
    })["{\"seq\":1".Length..];

    private static void WriteFields(Utf8JsonWriter json, FlowEvent flow)
    {
        var isChange = flow.Kind == EventKind.Change;
        json.WriteString("id", flow.Id);
        json.WriteString("time", flow.Time.UtcDateTime);
        json.WriteString("kind", flow.Kind.Identifier());
        json.WriteString("flow", flow.Flow);
        json.WriteString("sandbox", flow.Sandbox);
        json.WriteString("service", flow.Service);
        json.WriteString("phase", flow.Phase);
        WriteLabels(json, flow.Labels);
        json.WriteString("policy", flow.Policy);
        json.WriteNumber("revision", flow.Revision);
        json.WriteString("listener", flow.Listener);
        json.WriteString("transport", isChange ? null : flow.Transport.Identifier());
        json.WriteString("protocol", isChange ? null : flow.Protocol.Identifier());
        json.WriteString("client", Spoken(flow.Client));
        json.WriteString("originalDestination", Spoken(flow.OriginalDestination));
        json.WriteString("name", flow.Name);
        json.WriteString("evidence", flow.Evidence == Evidence.None ? null : flow.Evidence.Identifier());
        json.WriteBoolean("bound", flow.Bound);
        json.WriteString("dialled", Spoken(flow.Dialled));
        json.WriteBoolean("rewritten", flow.Rewritten);
        json.WriteString("verdict", isChange ? null : flow.Verdict.Identifier());
        json.WriteString("wouldBe", flow.WouldBe?.Identifier());
        json.WriteString("reason", isChange ? null : flow.Reason.Identifier());
        json.WriteString("message", flow.Message);
        json.WriteString("nearMiss", flow.NearMiss);
        json.WriteString("rule", flow.Rule);
        json.WriteString("grant", flow.Grant);
        json.WriteString("tlsVersion", flow.TlsVersion);
        json.WriteString("alpn", flow.Alpn);
        json.WriteString("ja4", flow.Ja4);
        json.WriteBoolean("ech", flow.Ech);
        json.WriteNumber("bytesUp", flow.BytesUp);
        json.WriteNumber("bytesDown", flow.BytesDown);
        WriteMilliseconds(json, "connectMs", flow.ConnectMs);
        WriteMilliseconds(json, "durationMs", flow.DurationMs);
        json.WriteString("ending", isChange || flow.Kind == EventKind.Dns ? null : flow.Ending.Identifier());
        json.WriteString("qname", flow.Qname);
        json.WriteString("qtype", flow.Qtype);
        json.WriteString("answer", flow.Answer);
        if (isChange)
        {
            json.WriteString("actor", flow.Actor);
        }

        json.WriteNumber("count", flow.Count);
    }

    private static void WriteLabels(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            json.WriteNull("labels");
            return;
        }

        json.WriteStartObject("labels");
        foreach (var (key, value) in labels)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteMilliseconds(Utf8JsonWriter json, string field, double? milliseconds)
    {
        if (milliseconds is { } value && double.IsFinite(value))
        {
            json.WriteNumber(field, Math.Round(value, 3));
            return;
        }

        json.WriteNull(field);
    }

    private static string? Spoken(Endpoint? endpoint)
    {
        if (endpoint is not { } value)
        {
            return null;
        }

        var address = value.Address.ToIPAddress();
        return value.Address.IsIPv4 ? $"{address}:{value.Port}" : $"[{address}]:{value.Port}";
    }
}
