// Over 200 lines: one state machine with its documentation, better read in one place.
using System.Buffers;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Http;

/// <summary>
/// Walks the client's side of an HTTP/1 connection so that no request passes unjudged: every head, also a kept-alive or pipelined one, is
/// handed out before any byte of it may be forwarded; bodies are forwarded as they come and never kept. Not safe for two threads: where
/// both directions are pumped at once, the calls take turns.
/// <para>
/// Two things depend on the server. Behind an Upgrade nothing is forwarded until it answered: with 101 all further bytes are opaque, else
/// the next request is read. An upgrade is let through only while no other response is outstanding, since otherwise text in an
/// earlier response could pass for the 101. And a body that is announced with Expect: 100-continue waits for the 100: were it forwarded
/// after a final status, client and server could disagree whether it is a body or a request.
/// </para>
/// </summary>
public sealed class RequestStream(HttpLimits limits)
{
    private readonly RequestHeadReader reader = new(limits);
    private readonly ResponseReader responses = new(limits);
    private MessageBody body;
    private State state = State.Head;
    private bool isUpgradePending;
    private bool isSwitched;

    public RequestStream()
        : this(HttpLimits.Default)
    {
    }

    private enum State : byte
    {
        Refused = 0,
        Head,
        NextHead,
        Judging,
        AwaitContinue,
        Body,
        AwaitSwitch,
        Opaque,
        Finished,
    }

    /// <summary>
    /// The request to be judged, or the one that is refused. It stands until the first <see cref="Advance"/> behind the whole request.
    /// </summary>
    public RequestHead Head => reader.Head;

    /// <summary>Why the step is <see cref="RequestStep.Refuse"/>.</summary>
    public RequestFault Fault { get; private set; } = RequestFault.None;

    /// <summary>The protocol was switched: both directions are opaque from here on.</summary>
    public bool IsOpaque => state == State.Opaque;

    /// <summary>
    /// Every request that was let through has its whole response, so that a refusal may be written to the client at once. False also
    /// where that is not known.
    /// </summary>
    public bool IsAnswered => responses.IsIdle;

    /// <summary>
    /// The <see cref="RequestStep.Hold"/> is that of an Expect: after about a second without an answer call <see cref="StopWaiting"/>.
    /// </summary>
    public bool AwaitsContinue => state == State.AwaitContinue;

    private bool IsHolding => state == State.AwaitContinue || (state == State.AwaitSwitch && !responses.IsLost);

    /// <summary>
    /// Says what to do with the bytes the client sent and that were not yet forwarded, and with how many of them. The counted bytes of
    /// <see cref="RequestStep.Forward"/>, and of an accepted <see cref="RequestStep.Judge"/>, are gone: the next call begins behind them.
    /// </summary>
    public RequestStep Advance(in ReadOnlySequence<byte> unread, out long count)
    {
        count = 0;
        if (state == State.NextHead)
        {
            reader.Reset();
            state = State.Head;
        }

        return state switch
        {
            State.Head => ReadHead(unread, out count),
            State.Judging => Judge(out count),
            State.Body => WalkBody(unread, out count),
            State.AwaitContinue => RequestStep.Hold,
            State.AwaitSwitch => responses.IsLost ? RequestStep.Finish : RequestStep.Hold,
            State.Opaque => Forward(unread.Length, out count),
            State.Finished => RequestStep.Finish,
            _ => RequestStep.Refuse,
        };
    }

    /// <summary>The head that was handed out is allowed.</summary>
    public void Accept()
    {
        if (state != State.Judging)
        {
            return;
        }

        responses.Expect(Head.Method == RequestMethod.Head);
        isUpgradePending = Head.Upgrade != UpgradeKind.None;
        body = MessageBody.Of(Head, limits);
        state = Head.ExpectsContinue && !body.IsDone ? State.AwaitContinue : State.Body;
        EndBody();
    }

    /// <summary>
    /// Takes note of what the server sent, before it is passed on to the client. True when a <see cref="RequestStep.Hold"/> ended.
    /// Where the server's bytes are not shown here, requests without Upgrade and Expect work all the same.
    /// </summary>
    public bool Observe(ReadOnlySpan<byte> fromServer)
    {
        var wasHolding = IsHolding;
        var wasLost = responses.IsLost;
        while (responses.TryRead(ref fromServer, out var status, out var isNewest))
        {
            TakeStatus(status, isNewest);
        }

        if (state == State.AwaitContinue && responses.IsLost && !wasLost)
        {
            // What could not be followed may have been a final status.
            state = State.Finished;
        }

        return wasHolding && !IsHolding;
    }

    /// <summary>No more of the server's bytes will be shown (they are spliced): from now on upgrades are refused.</summary>
    public void StopObserving() => responses.Lose();

    /// <summary>The server does not react to Expect: send the body all the same, as RFC 9110 section 10.1.1 wants it of clients.</summary>
    public void StopWaiting()
    {
        if (state == State.AwaitContinue)
        {
            state = State.Body;
        }
    }

    private static RequestStep Forward(long length, out long count)
    {
        count = length;
        return length == 0 ? RequestStep.NeedMore : RequestStep.Forward;
    }

    private RequestStep ReadHead(in ReadOnlySequence<byte> unread, out long count)
    {
        count = 0;
        var status = reader.Read(unread);
        if (status == ReadStatus.Incomplete)
        {
            return RequestStep.NeedMore;
        }

        var fault = status == ReadStatus.Complete ? FaultHere() : reader.Fault;
        if (fault != RequestFault.None)
        {
            return Refuse(fault);
        }

        state = State.Judging;
        return Judge(out count);
    }

    // What a sound head may still not ask for on the way to an origin server.
    private RequestFault FaultHere() => Head switch
    {
        { IsConnect: true } => RequestFault.NestedConnect,
        { Upgrade: UpgradeKind.None } => RequestFault.None,
        { Upgrade: UpgradeKind.Forbidden } => RequestFault.UpgradeForbidden,
        { ExpectsContinue: true } => RequestFault.Expectation,
        _ => responses.IsIdle ? RequestFault.None : RequestFault.UpgradePipelined,
    };

    private RequestStep Judge(out long count)
    {
        count = Head.Length;
        return RequestStep.Judge;
    }

    private RequestStep WalkBody(in ReadOnlySequence<byte> unread, out long count)
    {
        var length = 0L;
        foreach (var segment in unread)
        {
            length += body.Walk(segment.Span);
        }

        if (body.IsBroken)
        {
            count = 0;
            return Refuse(body.Fault);
        }

        EndBody();
        return Forward(length, out count);
    }

    private RequestStep Refuse(RequestFault fault)
    {
        Fault = fault;
        state = State.Refused;
        return RequestStep.Refuse;
    }

    private void EndBody()
    {
        if (state != State.Body || !body.IsDone)
        {
            return;
        }

        if (isSwitched)
        {
            state = State.Opaque;
        }
        else if (isUpgradePending)
        {
            state = State.AwaitSwitch;
        }
        else
        {
            state = Head.IsLast ? State.Finished : State.NextHead;
        }
    }

    private void TakeStatus(int status, bool isNewest)
    {
        if (status == 101)
        {
            // Behind it the server does not speak HTTP any more, whether it was asked to switch or not.
            responses.Lose();
            isSwitched = isUpgradePending && isNewest;
        }

        if (!isNewest)
        {
            return;
        }

        if (state == State.AwaitContinue)
        {
            // A final status: the body may not follow. An interim one other than 100: the wait goes on.
            state = status == 100 ? State.Body : status >= 200 ? State.Finished : state;
        }

        isUpgradePending &= status < 200;
        if (state == State.AwaitSwitch && (isSwitched || !isUpgradePending))
        {
            state = State.Body;
            EndBody();
        }
    }
}
