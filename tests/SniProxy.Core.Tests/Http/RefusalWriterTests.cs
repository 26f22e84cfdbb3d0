using System.Buffers;
using System.Text;
using System.Text.Json;
using SniProxy.Core.Contract;
using SniProxy.Core.Http;

namespace SniProxy.Core.Tests.Http;

public sealed class RefusalWriterTests
{
    private static readonly Refusal Denied = new("d-1", Reason.Default, "a.example is on no rule", "agent/3", "\"*.x.example\" covers one label");

    [Fact]
    public void AnswersInText()
    {
        var (head, body) = Answer(Denied, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        Assert.Equal(
            "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nProxy-Status: sniproxy; error=http_request_denied; details=\"default\"\r\nCache-Control: no-store\r\n" +
            $"Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: {body.Length}\r\n\r\n",
            head);
        Assert.Equal(
            "sniproxy did not let this request through: a.example is on no rule\nreason: default\nrule: agent/3\nnear miss: \"*.x.example\" covers one label\ndecision: d-1\n",
            body);
    }

    [Fact]
    public void AnswersInJsonWhereItIsPreferred()
    {
        var (head, body) = Answer(Denied, "GET / HTTP/1.1\r\nHost: a.example\r\nAccept: application/json\r\n\r\n");
        Assert.Contains("\r\nContent-Type: application/json\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n", head, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(body);
        Assert.Equal("d-1", json.RootElement.GetProperty("id").GetString());
        Assert.Equal("default", json.RootElement.GetProperty("reason").GetString());
        Assert.Equal("a.example is on no rule", json.RootElement.GetProperty("message").GetString());
        Assert.Equal("agent/3", json.RootElement.GetProperty("rule").GetString());
        Assert.Equal("\"*.x.example\" covers one label", json.RootElement.GetProperty("nearMiss").GetString());
    }

    [Fact]
    public void AnswersHeadWithoutBody()
    {
        var (head, body) = Answer(Denied, "HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", head, StringComparison.Ordinal);
        Assert.Equal("", body);
    }

    [Fact]
    public void LetsNoTextForgeAnotherLine()
    {
        var forged = new Refusal("d-1\r\nSet-Cookie: x", Reason.Rule, "m\r\n\r\nHTTP/1.1 200 OK\u001b[31m", "r\nrule: other", "\ud800 <script>");
        foreach (var asJson in (bool[])[true, false])
        {
            var output = new ArrayBufferWriter<byte>();
            RefusalWriter.Write(output, forged, ProxyError.RequestDenied, asJson, isHeadRequest: false);
            var text = Encoding.UTF8.GetString(output.WrittenSpan);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            Assert.Equal(7, text[..end].Split("\r\n").Length);
            Assert.DoesNotContain("\r", text[(end + 4)..], StringComparison.Ordinal);
            Assert.DoesNotContain("\nrule: other", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Reason.MalformedRequest, "403 Forbidden", "http_request_denied")]
    [InlineData(Reason.UpstreamUnresolvable, "502 Bad Gateway", "dns_error")]
    [InlineData(Reason.UpstreamUnreachable, "502 Bad Gateway", "connection_refused")]
    [InlineData(Reason.UpstreamTimeout, "504 Gateway Timeout", "connection_timeout")]
    [InlineData(Reason.Overloaded, "503 Service Unavailable", "connection_limit_reached")]
    public void NamesTheErrorByItsReason(Reason reason, string status, string error)
    {
        var (head, _) = Answer(new Refusal("d-1", reason, "m"), "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        Assert.StartsWith($"HTTP/1.1 {status}\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nProxy-Status: sniproxy; error={error}; details=\"{reason.Identifier()}\"\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public void HasSoundFixedAnswers()
    {
        foreach (var answer in (string[])[Wire.Text(ProxyAnswers.ConnectionEstablished), Wire.Text(ProxyAnswers.AuthenticationRequired), Wire.Text(ProxyAnswers.Continue)])
        {
            Assert.StartsWith("HTTP/1.1 ", answer, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
            Assert.Equal(answer.Length - 4, answer.IndexOf("\r\n\r\n", StringComparison.Ordinal));
        }
    }

    private static (string Head, string Body) Answer(Refusal refusal, string request)
    {
        var reader = new RequestHeadReader();
        reader.Read(Wire.Whole(request));
        var output = new ArrayBufferWriter<byte>();
        RefusalWriter.Write(output, refusal, reader.Head);
        var text = Encoding.UTF8.GetString(output.WrittenSpan);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        return (text[..end], text[end..]);
    }
}
