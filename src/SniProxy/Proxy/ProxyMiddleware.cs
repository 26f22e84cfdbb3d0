// Over 200 lines: the whole life of a connection stands here, in the order it is lived.
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Flows;
using SniProxy.Proxy.Connections;
using SniProxy.Proxy.Gates;
using SniProxy.Proxy.Live;
using SniProxy.Resolutions.Tunnelling;

namespace SniProxy.Proxy;

/// <summary>
/// The life of a connection: who asks, for what, may they; then refuse so that the client can read it, or dial and relay. Not a byte
/// goes up before the verdict, and what is dialled is never an address that a client chose for a name.
/// </summary>
internal sealed class ProxyMiddleware(
    FlowAdmission admission, DestinationNames names, FlowTable flows, FlowReporter reporter, ProxyOptions options)
{
    private readonly FirstMessageReader messages = new(options, reporter.Clock);
    private readonly ProxyRequestReader proxyRequests = new(new FirstMessageReader(options, reporter.Clock));
    private readonly RelayTerms terms = new(options.IdleTimeout, options.HalfClosedTimeout);
    private readonly Dialler dialler = new(options.ConnectTimeout, reporter.Clock);

    public Task OnConnectionAsync(ConnectionContext context)
    {
        var connection = context.Features.GetRequiredFeature<IProxiedConnection>();
        FlowRecord record;
        Reason limit;
        try
        {
            record = Begin(connection, out limit);
        }
        catch
        {
            Leave(connection);
            throw;
        }

        return LiveAsync(record, limit);
    }

    private FlowRecord Begin(IProxiedConnection connection, out Reason limit)
    {
        var judge = admission.JudgeFor(connection, out var sandbox);
        var flow = flows.Add(sandbox, out limit);
        var record = new FlowRecord(connection, flow, judge, options.ClientHelloMaxBytes, reporter.Clock);
        connection.Attach(flow);
        reporter.Opened(record);
        return record;
    }

    // The one frame that is left while bytes are relayed: what a connection holds then is the record and what carries it.
    private async Task LiveAsync(FlowRecord record, Reason limit)
    {
        try
        {
            Ending ending;
            try
            {
                // It ends where the connection lives, on its loop, so what follows need not be sent there.
                var (upstream, early) = await OpenAsync(record, limit).ConfigureAwait(false);
                ending = upstream is null ? early : await RelayAsync(record, upstream);
                if (!record.Connection.LastWords.IsEmpty)
                {
                    await record.Connection.FinishAsync(record.Connection.LastWords);
                }
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // A fault of ours ends the connection, never the appliance, and has its event like any other end.
                reporter.Log.Fault(error);
                record.Fail();
                record.Connection.Reset();
                ending = Ending.Fault;
            }

            reporter.Report(record, ending);
        }
        finally
        {
            admission.LetGo(record);
            record.Dispose();
            await LeaveAsync(record.Connection);
        }
    }

    // The flow is told and counts no more; its place among all stays taken as long as its descriptor is.
    private async ValueTask LeaveAsync(IProxiedConnection connection)
    {
        try
        {
            await connection.LingerAsync();
        }
        finally
        {
            Leave(connection);
        }
    }

    private void Leave(IProxiedConnection connection)
    {
        flows.Leave();
        connection.Dispose();
    }

    // From the first byte to a connected upstream, or to how the flow ended without one. Its frame serves the next connection.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(IUpstream? Upstream, Ending Ending)> OpenAsync(FlowRecord record, Reason limit)
    {
        if (limit != Reason.None || reporter.IsOverloaded)
        {
            return (null, RefuseUnread(record, limit == Reason.None ? Reason.Overloaded : limit));
        }

        var isExplicit = record.Connection.Listener.Kind == ListenerKind.Explicit;
        if (!isExplicit && !record.HasOriginalDestination)
        {
            // Somebody connected to the listener itself; there is no destination but us.
            return (null, RefuseUnread(record, Reason.GuardSelf));
        }

        if (isExplicit && await proxyRequests.ReadAsync(record) != PeekStatus.Open)
        {
            return (null, Abandon(record));
        }

        if (!record.IsRefused && !await ReadFirstMessageAsync(record))
        {
            return (null, Abandon(record));
        }

        var addresses = record.IsRefused ? default : await DecideAsync(record);
        while (!record.IsRefused && !admission.TryEnter(record))
        {
            // Another connection was faster to hold what this one was let through by.
            addresses = await DecideAsync(record);
        }

        if (record.IsRefused)
        {
            await RefusalAnswer.SendAsync(record);
            return (null, Ending.Refused);
        }

        var dialled = await dialler.DialAsync(record.Connection, addresses, record.Destination.Port);
        if (dialled.Upstream is null)
        {
            admission.LetGo(record);
            return (null, await FailToReachAsync(record, dialled.Failure));
        }

        if (record.HeldGrant is not null)
        {
            await UseAsync(record, dialled.Upstream);
        }

        record.Reach(dialled);
        reporter.Connected(dialled.Elapsed);
        return (dialled.Upstream, default);
    }

    // What cannot be counted does not begin.
    private async ValueTask UseAsync(FlowRecord record, IUpstream upstream)
    {
        try
        {
            await admission.UseAsync(record);
        }
        catch
        {
            upstream.Dispose();
            throw;
        }
    }

    // False where the client left before it said what it wants. Of most clients everything is here already, and nothing has to wait.
    private ValueTask<bool> ReadFirstMessageAsync(FlowRecord record)
    {
        if (record.IsProxyRequest || options.ServerFirstPorts.Contains(record.Destination.Port))
        {
            return new(true);
        }

        var reading = messages.ReadAsync(record.Connection, record.Flow, record.Message);
        return reading.IsCompletedSuccessfully ? new(Understand(record, reading.Result)) : AwaitFirstMessageAsync(record, reading);
    }

    private async ValueTask<bool> AwaitFirstMessageAsync(FlowRecord record, ValueTask<PeekStatus> reading) => Understand(record, await reading);

    private bool Understand(FlowRecord record, PeekStatus status)
    {
        reporter.MessageRead(record.Elapsed);
        // Bytes that could still become anything when the client had no more of them are all it wanted to say.
        var isShort = status == PeekStatus.Ended && record.Message.Protocol == Protocol.Other;
        if (status == PeekStatus.Aborted || (status == PeekStatus.Ended && !isShort) || record.Flow.IsClosed)
        {
            return false;
        }

        // On the ports of TLS and HTTP silence is no protocol; on any other one the server may be the one to speak first.
        if (isShort || (status == PeekStatus.Interrupted && (record.Message.Protocol != Protocol.Unread || record.Destination.Port is 80 or 443)))
        {
            record.Message.TimeOut();
        }

        return true;
    }

    // Binds names, judges, and resolves where the verdict depends on it, which is all that could wait. What comes back is what may be dialled.
    private ValueTask<ReadOnlyMemory<Address>> DecideAsync(FlowRecord record)
    {
        names.Bind(record);
        record.CheckAgreement();
        var started = reporter.Clock.GetTimestamp();
        var outcome = record.Judge.Begin(record.Facts);
        reporter.Decided(started);
        if (outcome.Step == FlowStep.Resolve && record.Name is { } name)
        {
            return ResolveAsync(record, name);
        }

        record.Decide(outcome);
        return record.IsRefused ? default : new(new[] { record.Destination.Address });
    }

    private async ValueTask<ReadOnlyMemory<Address>> ResolveAsync(FlowRecord record, HostName name)
    {
        var watched = names.Watch(record, name);
        if (watched.Stage == TunnelStage.Denied && !record.IsWatched)
        {
            record.Refuse(Reason.Tunnelling, $"denied: tunnelling: {watched.Words}");
            return default;
        }

        var resolution = await names.ResolveAsync(record, name, watched);
        if (record.Judge.DenialOver(resolution.Hops) is { } denial)
        {
            record.Decide(new FlowOutcome(FlowStep.Refuse, denial));
            return default;
        }

        record.Resolve(resolution.Hops);
        Address[] resolved = [.. resolution.Addresses];
        var dial = new Address[Math.Max(1, resolved.Length)];
        var outcome = record.Judge.Finish(record.Facts, resolved, dial, out var count);
        record.Decide(outcome);
        record.Tell(watched);
        return dial.AsMemory(0, count);
    }

    private static async ValueTask<Ending> FailToReachAsync(FlowRecord record, Reason failure)
    {
        if (record.Flow.IsClosed)
        {
            record.Connection.Reset();
            return record.Flow.Ending;
        }

        record.FailToReach(failure);
        await RefusalAnswer.SendAsync(record);
        return Ending.ConnectFailed;
    }

    private ValueTask<Ending> RelayAsync(FlowRecord record, IUpstream upstream)
    {
        var dialled = record.Dialled?.Address ?? default;
        record.HoldUntilTheEnd(upstream, names.Hold(record, dialled));
        return admission.TryRelay(record.Flow, record.Keep(dialled), record.Judge.Revision)
            ? record.Connection.RelayAsync(upstream, terms, GateFor(record, dialled))
            : EndUnheardAsync(record);
    }

    // A change came between verdict and relay; the client has heard nothing yet and can be told.
    private static async ValueTask<Ending> EndUnheardAsync(FlowRecord record)
    {
        if (record.Flow.LastWords is { IsEmpty: false } words)
        {
            await record.Connection.FinishAsync(words);
        }
        else
        {
            record.Connection.Reset();
        }

        return record.Flow.Ending;
    }

    // What still has to be looked at after the verdict. Bytes that a rule lets pass whatever they are have nothing left to show.
    private IRelayGate? GateFor(FlowRecord record, Address dialled) => record.Message switch
    {
        { Unreadable: not Reason.None } => null,
        { Hello: { } hello } => new HelloRetryGate(record, hello, reporter, admission, dialled, options),
        { IsHttp: true } => new RequestGate(record, reporter, admission, dialled),
        { Protocol: Protocol.Unread } => ServerFirst(record, dialled),
        _ => null,
    };

    private ServerFirstGate ServerFirst(FlowRecord record, Address dialled) => new(record, reporter, names, admission, dialled, () => GateFor(record, dialled));

    // Limits and overload: nothing is understood of it, so there is nothing to answer in.
    private static Ending RefuseUnread(FlowRecord record, Reason reason)
    {
        record.Refuse(reason, reason switch
        {
            Reason.RateLimited => "The sandbox opens connections faster than it may.",
            Reason.ConnectionLimit => "The sandbox has as many connections open as it may.",
            Reason.GuardSelf => "The connection was made to the appliance itself, which is no way out.",
            _ => "The appliance cannot record what it decides and lets nothing new through.",
        });
        record.Connection.Reset();
        return Ending.Refused;
    }

    // The client left, or the flow was closed, before there was anything to judge: judged by where it went, for the record only.
    private Ending Abandon(FlowRecord record)
    {
        names.Bind(record);
        record.Decide(record.Judge.Begin(record.Facts));
        record.Connection.Reset();
        return record.Flow.IsClosed ? record.Flow.Ending : Ending.ClientAborted;
    }
}
