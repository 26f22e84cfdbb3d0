using System.Globalization;
using System.Net;
using System.Text.Json;
using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>
/// One event as one JSON object. Every field is always there, in this order; an absent value is null. Names of fields are a contract
/// with whoever reads the file.
/// </summary>
internal static class EventJson
{
    public static void WriteFields(Utf8JsonWriter json, FlowEvent flow)
    {
        var isDns = flow.Kind == EventKind.Dns;

        // A change decides nothing; the zeros of these enums would say that it had.
        var isChange = flow.Kind == EventKind.Change;
        json.WriteString("id"u8, flow.Id);
        json.WriteString("time"u8, flow.Time.UtcDateTime);
        json.WriteString("kind"u8, flow.Kind.Identifier());
        json.WriteString("flow"u8, flow.Flow);
        json.WriteString("sandbox"u8, flow.Sandbox);
        json.WriteString("service"u8, flow.Service);
        json.WriteString("phase"u8, flow.Phase);
        WriteLabels(json, flow.Labels);
        json.WriteString("policy"u8, flow.Policy);
        json.WriteNumber("revision"u8, flow.Revision);
        json.WriteString("listener"u8, flow.Listener);
        json.WriteString("transport"u8, isChange ? null : flow.Transport.Identifier());
        json.WriteString("protocol"u8, isChange ? null : flow.Protocol.Identifier());
        WriteEndpoint(json, "client"u8, flow.Client);
        WriteEndpoint(json, "originalDestination"u8, flow.OriginalDestination);
        json.WriteString("name"u8, flow.Name);
        json.WriteString("evidence"u8, flow.Evidence == Evidence.None ? null : flow.Evidence.Identifier());
        json.WriteBoolean("bound"u8, flow.Bound);
        WriteEndpoint(json, "dialled"u8, flow.Dialled);
        json.WriteBoolean("rewritten"u8, flow.Rewritten);
        json.WriteString("verdict"u8, isChange ? null : flow.Verdict.Identifier());
        json.WriteString("wouldBe"u8, flow.WouldBe?.Identifier());
        json.WriteString("reason"u8, isChange ? null : flow.Reason.Identifier());
        json.WriteString("message"u8, flow.Message);
        json.WriteString("nearMiss"u8, flow.NearMiss);
        json.WriteString("rule"u8, flow.Rule);
        json.WriteString("grant"u8, flow.Grant);
        json.WriteString("tlsVersion"u8, flow.TlsVersion);
        json.WriteString("alpn"u8, flow.Alpn);
        json.WriteString("ja4"u8, flow.Ja4);
        json.WriteBoolean("ech"u8, flow.Ech);
        json.WriteNumber("bytesUp"u8, flow.BytesUp);
        json.WriteNumber("bytesDown"u8, flow.BytesDown);
        WriteMilliseconds(json, "connectMs"u8, flow.ConnectMs);
        WriteMilliseconds(json, "durationMs"u8, flow.DurationMs);

        // A question has no ending; the enum's zero would read as a refusal.
        json.WriteString("ending"u8, isDns || isChange ? null : flow.Ending.Identifier());
        json.WriteString("qname"u8, flow.Qname);
        json.WriteString("qtype"u8, flow.Qtype);
        json.WriteString("answer"u8, flow.Answer);
        if (isChange)
        {
            json.WriteString("actor"u8, flow.Actor);
        }

        json.WriteNumber("count"u8, flow.Count);
    }

    private static void WriteLabels(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is null)
        {
            json.WriteNull("labels"u8);
            return;
        }

        json.WriteStartObject("labels"u8);
        foreach (var (key, value) in labels)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteMilliseconds(Utf8JsonWriter json, ReadOnlySpan<byte> field, double? milliseconds)
    {
        if (milliseconds is { } value && double.IsFinite(value))
        {
            json.WriteNumber(field, Math.Round(value, 3));
            return;
        }

        json.WriteNull(field);
    }

    private static void WriteEndpoint(Utf8JsonWriter json, ReadOnlySpan<byte> field, IPEndPoint? endpoint)
    {
        if (endpoint is null)
        {
            json.WriteNull(field);
            return;
        }

        // An IPv4 client on a dual-stack listener is the same client: RFC 4291 section 2.5.5.2 forms are written as IPv4.
        var address = endpoint.Address.IsIPv4MappedToIPv6 ? endpoint.Address.MapToIPv4() : endpoint.Address;
        Span<byte> text = stackalloc byte[80];
        var length = 0;
        var isIPv6 = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        if (isIPv6)
        {
            text[length++] = (byte)'[';
        }

        _ = address.TryFormat(text[length..], out var written);
        length += written;
        if (isIPv6)
        {
            text[length++] = (byte)']';
        }

        text[length++] = (byte)':';
        _ = endpoint.Port.TryFormat(text[length..], out written, default, CultureInfo.InvariantCulture);
        json.WriteString(field, text[..(length + written)]);
    }
}
