using System.Net.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Enforcement;

namespace SniProxy.Dns;

/// <summary>
/// Questions over UDP at one endpoint, taken and answered by one thread of its own, many at a time where many are there. What has to be asked of
/// name servers goes on by itself and is answered when it can be.
/// </summary>
internal sealed class DnsUdpListener(Socket socket, DnsQueryHandler handler, IngressInterfaces interfaces, Underway underway, ILogger logger)
{
    private static readonly TimeSpan TroublePause = TimeSpan.FromMilliseconds(100);

    private readonly SafeSocketHandle handle = socket.SafeHandle;
    private readonly DatagramBatch batch = new(socket.SafeHandle, logger);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends once the door closes.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        new Thread(() => Run(stopping)) { IsBackground = true, Name = "dns" }.Start();
        await using (stopping.UnsafeRegister(static socket => DatagramKernel.ShutReceiving((SafeSocketHandle)(socket ?? throw new ArgumentNullException(nameof(socket)))), handle))
        {
            await ended.Task;
        }
    }

    private void Run(CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                Serve(batch.Receive(), stopping);
            }
        }
        catch (ObjectDisposedException)
        {
            // The door is closing.
        }
        finally
        {
            ended.SetResult();
        }
    }

    private void Serve(int count, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested || count == DatagramKernel.Interrupted)
        {
            return;
        }

        if (count <= 0)
        {
            DnsLog.SocketTrouble(logger, new SocketException(-count).Message);
            stopping.WaitHandle.WaitOne(TroublePause);
            return;
        }

        var usesInterfaces = handler.UsesInterfaces;
        var (named, ingress) = (0, (string?)null);
        for (var i = 0; i < count; i++)
        {
            var datagram = batch.Open(i, out var question);
            if (usesInterfaces && datagram.Interface != named)
            {
                // They came together: for those of one interface it is asked once.
                (named, ingress) = (datagram.Interface, interfaces.NameOf(datagram.Interface));
            }

            Answer(i, datagram, new DnsRequest(question, datagram.Client, datagram.Local, ingress, Transport.Udp), stopping);
        }

        batch.Send();
    }

    private void Answer(int index, Datagram datagram, in DnsRequest request, CancellationToken stopping)
    {
        try
        {
            var answer = handler.AnswerAsync(request, datagram.Reply, stopping);
            if (!answer.IsCompleted)
            {
                batch.GiveAway(index);
                underway.Add(AnswerLateAsync(datagram, answer));
            }
            else if (answer.Result is var length and > 0)
            {
                batch.Answer(index, length);
            }
        }
        catch (OperationCanceledException)
        {
            // The door is closing; nobody is answered any more.
        }
        catch (Exception exception)
        {
            // One question must not end the thread for all others.
            DnsLog.AnswerFailed(logger, exception);
        }
    }

    private async Task AnswerLateAsync(Datagram datagram, ValueTask<int> answer)
    {
        try
        {
            var length = await answer;
            if (length > 0 && DatagramBatch.SendLate(handle, datagram, length) is var error and not 0)
            {
                DnsLog.ReplyNotSent(logger, -error);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The door is closing; nobody is answered any more.
        }
        catch (Exception exception)
        {
            DnsLog.AnswerFailed(logger, exception);
        }
        finally
        {
            batch.TakeBack(datagram);
        }
    }
}
