// Over 200 lines: both directions of a relay end each other, and a reader must see both at once.
using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using SniProxy.Core.Contract;
using SniProxy.Flows;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Sockets;

/// <summary>
/// Carries bytes between a client's pipe and an upstream socket. A direction reads only when its last bytes were taken, so a peer that
/// stops reading stops the other. Each half-close is passed on alone, a reset as a reset.
/// </summary>
internal sealed class SocketRelay(PipeReader clientInput, Socket client, Socket upstream, Flow flow, RelayTerms terms, IRelayGate? gate) : IGatedRelay
{
    private const int NotEnded = -1;

    // What may wait here for a gate's answer. More than any gate needs to see before it can answer; beyond it the client is not read.
    private const int MaxHeldBytes = 4 * SocketConnection.BufferBytes;

    // Done as soon as a gate that holds bytes should be asked again.
    private volatile TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int ending = NotEnded;
    private volatile bool halfClosed;
    private ReadOnlyMemory<byte> lastWords;

    /// <summary>What the client is to be told now that the relay has ended; empty where there is nothing to say.</summary>
    public ReadOnlyMemory<byte> LastWords => lastWords;

    public async Task<Ending> RunAsync()
    {
        gate?.AttachTo(this);
        TouchDeadline();
        try
        {
            await Task.WhenAll(CarryUpAsync(), CarryDownAsync());
        }
        finally
        {
            gate?.Dispose();
        }

        flow.ClearDeadline();
        upstream.Dispose();
        return ending == NotEnded ? Ending.Closed : (Ending)ending;
    }

    /// <summary>
    /// The deadline has passed or the flow was closed from outside: ends both directions, by reset but where a client that has heard nothing yet
    /// is to be told.
    /// </summary>
    public void Abort()
    {
        if (Volatile.Read(ref ending) == NotEnded && flow.LastWords is { IsEmpty: false } words)
        {
            RefuseFurtherBytes(GateAnswer.Refuse(words, flow.Ending));
            Wake();
            return;
        }

        End(flow.IsClosed ? flow.Ending : halfClosed ? Ending.HalfClosedTimeout : Ending.IdleTimeout);
    }

    private async Task CarryUpAsync()
    {
        try
        {
            while (Volatile.Read(ref ending) == NotEnded && await ForwardOnceAsync(await clientInput.ReadAsync()))
            {
            }
        }
        catch (Exception error) when (error is ConnectionResetException or ConnectionAbortedException)
        {
            End(Ending.ClientReset);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            End(Ending.UpstreamReset);
        }
        catch
        {
            // A gate that fails has let nothing pass; the other direction must not go on without it.
            End(Ending.Fault);
            throw;
        }
    }

    // False when this direction is over. All that was read is asked about before the pipe is: it does not give again what was examined
    // once until more has come.
    private async ValueTask<bool> ForwardOnceAsync(ReadResult read)
    {
        var rest = read.Buffer;
        do
        {
            var answer = Ask(rest);
            switch (answer.Kind)
            {
                case GateAnswerKind.Forward or GateAnswerKind.Replace:
                    var judged = rest.Slice(0, answer.Bytes);
                    await SendUpstreamAsync(answer.Kind == GateAnswerKind.Replace ? new ReadOnlySequence<byte>(answer.Words) : judged);
                    rest = rest.Slice(answer.Bytes);
                    break;

                case GateAnswerKind.Finish:
                    rest = rest.Slice(rest.End);
                    break;

                case GateAnswerKind.Wait when !read.IsCompleted:
                    await HoldAsync(rest);
                    return true;

                case GateAnswerKind.Wait:
                    // What is held back can never be judged now.
                    clientInput.AdvanceTo(rest.End);
                    End(Ending.ClientAborted);
                    return false;

                default:
                    clientInput.AdvanceTo(rest.End);
                    RefuseFurtherBytes(answer);
                    return false;
            }
        }
        while (!rest.IsEmpty);

        clientInput.AdvanceTo(rest.End);
        if (read.IsCompleted)
        {
            upstream.Shutdown(SocketShutdown.Send);
            HalfClose();
        }

        return !read.IsCompleted;
    }

    private GateAnswer Ask(in ReadOnlySequence<byte> unforwarded) =>
        gate is { IsOpen: false } && !unforwarded.IsEmpty ? gate.OnClientBytes(unforwarded) : GateAnswer.Forward(unforwarded.Length);

    // Waits for more of the client, or, once enough of it waits here, for the gate alone: the client's own sending stops then.
    private async ValueTask HoldAsync(ReadOnlySequence<byte> held)
    {
        clientInput.AdvanceTo(held.Start, held.End);
        if (held.Length < MaxHeldBytes)
        {
            return;
        }

        await woken.Task;

        // Renewed before the gate is asked, so that it can miss nothing that comes after.
        woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Wake()
    {
        woken.TrySetResult();
        clientInput.CancelPendingRead();
    }

    private async Task SendUpstreamAsync(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            var rest = segment;
            while (!rest.IsEmpty)
            {
                var sent = await upstream.SendAsync(rest, SocketFlags.None);
                rest = rest[sent..];
                flow.CountUp(sent);
                TouchDeadline();
            }
        }
    }

    private async Task CarryDownAsync()
    {
        var receiving = true;
        try
        {
            while (true)
            {
                // Waiting for readability costs no buffer; only bytes that are there get one.
                receiving = true;
                await upstream.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                var buffer = ArrayPool<byte>.Shared.Rent(SocketConnection.BufferBytes);
                try
                {
                    var received = await upstream.ReceiveAsync(buffer.AsMemory(), SocketFlags.None);
                    if (received == 0)
                    {
                        if (lastWords.IsEmpty)
                        {
                            client.Shutdown(SocketShutdown.Send);
                        }

                        HalfClose();
                        return;
                    }

                    receiving = false;
                    if (gate is { IsOpen: false } && gate.OnServerBytes(buffer.AsSpan(0, received)))
                    {
                        Wake();
                    }

                    await SendToClientAsync(buffer.AsMemory(0, received));
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            End(receiving ? Ending.UpstreamReset : Ending.ClientReset);
        }
        catch
        {
            End(Ending.Fault);
            throw;
        }
    }

    private async Task SendToClientAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var sent = await client.SendAsync(bytes, SocketFlags.None);
            bytes = bytes[sent..];
            flow.CountDown(sent);
            TouchDeadline();
        }
    }

    // No further byte goes up. Where there is nothing to tell, both sides are reset.
    private void RefuseFurtherBytes(in GateAnswer answer)
    {
        if (answer.Words.IsEmpty)
        {
            End(answer.Ending);
            return;
        }

        lastWords = answer.Words;
        Interlocked.CompareExchange(ref ending, (int)answer.Ending, NotEnded);
        Reset.Abort(upstream);
    }

    private void End(Ending cause)
    {
        // Cut off by a refusal: the client is about to be told, and must not be reset for the upstream's end.
        var isFirst = Interlocked.CompareExchange(ref ending, (int)cause, NotEnded) == NotEnded;
        if (!isFirst && cause == Ending.UpstreamReset && !lastWords.IsEmpty)
        {
            return;
        }

        Reset.Abort(upstream);
        Reset.Abort(client);
        Wake();
    }

    private void HalfClose()
    {
        halfClosed = true;
        TouchDeadline();
    }

    private void TouchDeadline() => flow.SetDeadline(halfClosed ? terms.HalfClosedTimeout : terms.IdleTimeout);
}
