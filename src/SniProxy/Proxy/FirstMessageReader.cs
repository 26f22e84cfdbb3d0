using SniProxy.Flows;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy;

/// <summary>Waits for a client's first message, within deadlines that count from accept and that no progress extends.</summary>
internal sealed class FirstMessageReader(ProxyOptions options, TimeProvider clock)
{
    /// <summary>
    /// Reads until the message is understood, ends, or is late. The bytes stay unconsumed. Answers <see cref="PeekStatus.Open"/> where
    /// the message says all it can, <see cref="PeekStatus.Interrupted"/> where it did not come in time or the flow was closed.
    /// </summary>
    public ValueTask<PeekStatus> ReadAsync(IProxiedConnection connection, Flow flow, FirstMessage message)
    {
        var first = connection.PeekAsync();
        if (!first.IsCompletedSuccessfully)
        {
            return WaitAsync(first, connection, flow, message);
        }

        // Of most clients all of it is here by now, and there is nothing to wait for.
        var found = first.Result;
        return found.Status == PeekStatus.Open && message.Read(found.Bytes)
            ? new(flow.IsClosed ? PeekStatus.Interrupted : PeekStatus.Open)
            : WaitAsync(new(found), connection, flow, message);
    }

    private async ValueTask<PeekStatus> WaitAsync(ValueTask<PeekedBytes> next, IProxiedConnection connection, Flow flow, FirstMessage message)
    {
        var sawBytes = false;
        flow.SetDeadline(options.FirstByteTimeout - clock.GetElapsedTime(flow.Started));
        try
        {
            while (true)
            {
                var found = await next;
                if (found.Status == PeekStatus.Aborted)
                {
                    return PeekStatus.Aborted;
                }

                if (message.Read(found.Bytes))
                {
                    return flow.IsClosed ? PeekStatus.Interrupted : PeekStatus.Open;
                }

                if (found.Status == PeekStatus.Ended)
                {
                    return PeekStatus.Ended;
                }

                if (found.Status == PeekStatus.Interrupted && (flow.IsExpired || flow.IsClosed))
                {
                    return PeekStatus.Interrupted;
                }

                if (!sawBytes && !found.Bytes.IsEmpty)
                {
                    sawBytes = true;
                    flow.SetDeadline(options.ClientHelloTimeout - clock.GetElapsedTime(flow.Started));
                }

                next = connection.PeekAsync();
            }
        }
        finally
        {
            flow.ClearDeadline();
        }
    }
}
