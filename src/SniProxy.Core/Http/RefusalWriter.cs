using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Http;

/// <summary>
/// Writes the answer to a request that does not go through: a status, the Proxy-Status field (RFC 9209) and a body that a person or a
/// program can read. Nothing from outside gets into the head of the answer, and nothing into its body unescaped.
/// </summary>
public static class RefusalWriter
{
    /// <summary>
    /// Writes the whole answer in the form that suits <paramref name="request"/>: JSON or text by its Accept field, no body for HEAD.
    /// </summary>
    public static void Write(IBufferWriter<byte> output, Refusal refusal, RequestHead request) =>
        Write(output, refusal, refusal.Error, request.PrefersJson, isHeadRequest: request.Method == RequestMethod.Head);

    /// <summary>
    /// Writes the whole answer for requests that could not be read, and where another error than the reason's own is to be told.
    /// </summary>
    public static void Write(IBufferWriter<byte> output, Refusal refusal, ProxyError error, bool asJson, bool isHeadRequest)
    {
        var body = new ArrayBufferWriter<byte>(512);
        if (asJson)
        {
            WriteJson(body, refusal);
        }
        else
        {
            WriteText(body, refusal);
        }

        WriteHead(output, refusal.Reason, error, asJson, body.WrittenCount);
        if (!isHeadRequest)
        {
            output.Write(body.WrittenSpan);
        }
    }

    private static void WriteHead(IBufferWriter<byte> output, Reason reason, ProxyError error, bool asJson, int bodyLength)
    {
        var (status, token) = Terms(error);
        var type = asJson ? "application/json" : "text/plain; charset=utf-8";
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            HTTP/1.1 {status}
            Connection: close
            Proxy-Status: sniproxy; error={token}; details="{reason.Identifier()}"
            Cache-Control: no-store
            Content-Type: {type}
            X-Content-Type-Options: nosniff
            Content-Length: {bodyLength}


            """);
        Encoding.ASCII.GetBytes(head.ReplaceLineEndings("\r\n"), output);
    }

    // RFC 9209 section 2.3: the token and the status that is recommended with it.
    private static (string Status, string Token) Terms(ProxyError error) => error switch
    {
        ProxyError.DnsError => ("502 Bad Gateway", "dns_error"),
        ProxyError.DnsTimeout => ("504 Gateway Timeout", "dns_timeout"),
        ProxyError.ConnectionRefused => ("502 Bad Gateway", "connection_refused"),
        ProxyError.ConnectionTimeout => ("504 Gateway Timeout", "connection_timeout"),
        ProxyError.ConnectionLimitReached => ("503 Service Unavailable", "connection_limit_reached"),
        ProxyError.DestinationUnroutable => ("502 Bad Gateway", "destination_ip_unroutable"),
        _ => ("403 Forbidden", "http_request_denied"),
    };

    private static void WriteJson(IBufferWriter<byte> body, Refusal refusal)
    {
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, refusal.Id);
            json.WriteString("reason"u8, refusal.Reason.Identifier());
            json.WriteString("message"u8, refusal.Message);
            json.WriteString("rule"u8, refusal.Rule);
            json.WriteString("nearMiss"u8, refusal.NearMiss);
            json.WriteEndObject();
        }

        body.Write("\n"u8);
    }

    private static void WriteText(IBufferWriter<byte> body, Refusal refusal)
    {
        WriteLine(body, "sniproxy did not let this request through: ", refusal.Message);
        WriteLine(body, "reason: ", refusal.Reason.Identifier());
        WriteLine(body, "rule: ", refusal.Rule);
        WriteLine(body, "near miss: ", refusal.NearMiss);
        WriteLine(body, "decision: ", refusal.Id);
    }

    private static void WriteLine(IBufferWriter<byte> body, string label, string? value)
    {
        if (value is null)
        {
            return;
        }

        // One value, one line: a control character could forge another, or drive a terminal.
        var line = string.Create(label.Length + value.Length + 1, (label, value), static (text, parts) =>
        {
            parts.label.CopyTo(text);
            parts.value.CopyTo(text[parts.label.Length..]);
            foreach (ref var character in text)
            {
                character = char.IsControl(character) ? '?' : character;
            }

            text[^1] = '\n';
        });
        Encoding.UTF8.GetBytes(line, body);
    }
}
