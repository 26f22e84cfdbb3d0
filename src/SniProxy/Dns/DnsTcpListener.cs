using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Enforcement;

namespace SniProxy.Dns;

/// <summary>Connections that carry questions, at one endpoint (RFC 7766).</summary>
internal sealed class DnsTcpListener(
    Socket socket, DnsOptions options, DnsQueryHandler handler, IngressInterfaces interfaces, Underway underway, ILogger logger)
{
    private static readonly TimeSpan TroublePause = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                underway.Add(ServeAsync(await socket.AcceptAsync(stopping), stopping));
            }
            catch (Exception exception) when (stopping.IsCancellationRequested || exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException exception)
            {
                // Out of descriptors, most likely: to try again at once would burn a core.
                DnsLog.SocketTrouble(logger, exception.Message);
                await Pause.ForAsync(TroublePause, stopping);
            }
        }
    }

    private async Task ServeAsync(Socket connection, CancellationToken stopping)
    {
        try
        {
            using (connection)
            {
                await ServeWithinLimitsAsync(connection, stopping);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The client left, fell silent, or the door is closing.
        }
        catch (Exception exception)
        {
            DnsLog.AnswerFailed(logger, exception);
        }
    }

    private async Task ServeWithinLimitsAsync(Socket connection, CancellationToken stopping)
    {
        if (connection.RemoteEndPoint is not IPEndPoint client || connection.LocalEndPoint is not IPEndPoint local)
        {
            return;
        }

        var source = Endpoint.From(client);
        var ingress = handler.UsesInterfaces ? interfaces.Of(connection) : null;
        var lifecycle = handler.FindSandbox(source.Address, ingress).Lifecycle;
        var origin = new DnsRequest(default, source, Address.From(local.Address), ingress, Transport.Tcp);
        if (!handler.Limits.TryOpenConnection(lifecycle))
        {
            handler.TurnAway(origin);
            return;
        }

        try
        {
            connection.NoDelay = true;
            using var questions = new DnsTcpConnection(connection, origin, handler, options.TcpIdleTimeout, logger);
            await questions.RunAsync(stopping);
        }
        finally
        {
            handler.Limits.CloseConnection(lifecycle);
        }
    }
}
