using System.Buffers;
using SniProxy.Core.Contract;
using SniProxy.Core.Http;
using SniProxy.Core.Tls;
using SniProxy.Flows;

namespace SniProxy.Proxy;

/// <summary>How a client learns that it is refused: in its own protocol where it has words for it, by a reset where it has none.</summary>
internal static class RefusalAnswer
{
    /// <summary>What nearly all who are refused are told.</summary>
    public static ReadOnlyMemory<byte> AccessDenied { get; } = Write(TlsAlert.AccessDenied);

    /// <summary>Answers and ends the connection.</summary>
    public static ValueTask SendAsync(FlowRecord record)
    {
        var answer = For(record);
        if (!answer.IsEmpty)
        {
            return record.Connection.FinishAsync(answer, HeardOut(record.Message));
        }

        record.Connection.Reset();
        return default;
    }

    /// <summary>The answer to a request on a connection that was let through before.</summary>
    public static ReadOnlyMemory<byte> ToRequest(in FlowEvent denied, RequestHead request)
    {
        var output = new ArrayBufferWriter<byte>();
        RefusalWriter.Write(
            output, new Refusal(denied.Id, denied.Reason, denied.Message ?? string.Empty, denied.Rule, denied.NearMiss), request);
        return output.WrittenMemory;
    }

    /// <summary>The answer to a client whose flow a change has ended before it heard anything; empty where its protocol has no words for it.</summary>
    public static ReadOnlyMemory<byte> ToRevoked(Flow flow, Protocol protocol, string words)
    {
        if (protocol == Protocol.Tls)
        {
            return Alert(TlsAlert.AccessDenied);
        }

        if (protocol != Protocol.Http)
        {
            return default;
        }

        var output = new ArrayBufferWriter<byte>();
        var refusal = new Refusal(flow.Id, Reason.PolicyChanged, words, null, null);
        RefusalWriter.Write(output, refusal, refusal.Error, asJson: false, isHeadRequest: false);
        return output.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> Alert(TlsAlert alert) => alert == TlsAlert.AccessDenied ? AccessDenied : Write(alert);

    private static byte[] Write(TlsAlert alert)
    {
        var answer = new byte[TlsAlertRecord.Length];
        TlsAlertRecord.TryWrite(answer, alert);
        return answer;
    }

    // After its hello a TLS client waits for the server's, unless it sends early data (RFC 8446 section 2.3).
    private static long HeardOut(FirstMessage message) => message.Hello is { HasEarlyData: false } hello ? hello.WireLength : 0;

    private static ReadOnlyMemory<byte> For(FlowRecord record)
    {
        if (record.Message.IsTls)
        {
            // A denial by policy has its own alert; what is wrong with the hello has the hello's. An upstream that is not there is no alert
            // at all.
            return record.Verdict.IsDenied
                ? Alert(record.Message.Unreadable == record.Verdict.Reason ? record.Message.Alert : TlsAlert.AccessDenied)
                : default;
        }

        return record.Message.IsHttp || record.IsAwaitingProxyAnswer ? InHttp(record) : default;
    }

    private static ReadOnlyMemory<byte> InHttp(FlowRecord record)
    {
        var output = new ArrayBufferWriter<byte>();
        var reason = record.Failure == Reason.None ? record.Verdict.Reason : record.Failure;
        var refusal = new Refusal(record.Flow.Id, reason, record.Words ?? string.Empty, record.Verdict.Rule?.Name, record.NearMiss);
        if (record.Message.Request is { } request)
        {
            RefusalWriter.Write(output, refusal, request);
        }
        else
        {
            RefusalWriter.Write(output, refusal, refusal.Error, asJson: false, isHeadRequest: false);
        }

        return output.WrittenMemory;
    }
}
