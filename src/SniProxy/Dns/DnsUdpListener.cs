using System.Buffers;
using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Enforcement;

namespace SniProxy.Dns;

/// <summary>Questions over UDP at one endpoint. What can be answered at once is answered by the loop that received it.</summary>
internal sealed class DnsUdpListener(Socket socket, DnsQueryHandler handler, IngressInterfaces interfaces, Underway underway, ILogger logger)
{
    // No question is longer; a longer datagram is cut and then no question either.
    private const int MaxQueryLength = 4096;
    private const int BufferLength = MaxQueryLength + DnsReplyWriter.MaxUdpLength;

    private static readonly TimeSpan TroublePause = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(CancellationToken stopping)
    {
        var anyone = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!stopping.IsCancellationRequested)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
            try
            {
                var received = await socket.ReceiveMessageFromAsync(buffer.AsMemory(0, MaxQueryLength), SocketFlags.None, anyone, stopping);
                underway.Add(ServeAsync(buffer, received, stopping));
            }
            catch (Exception exception) when (stopping.IsCancellationRequested || exception is OperationCanceledException or ObjectDisposedException)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                return;
            }
            catch (SocketException exception)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                DnsLog.SocketTrouble(logger, exception.Message);
                await Pause.ForAsync(TroublePause, stopping);
            }
        }
    }

    private async Task ServeAsync(byte[] buffer, SocketReceiveMessageFromResult received, CancellationToken stopping)
    {
        try
        {
            var client = (IPEndPoint)received.RemoteEndPoint;
            var source = new IPEndPoint(Address.From(client.Address).ToIPAddress(), client.Port);
            var packet = received.PacketInformation;
            var local = packet.Address ?? ((IPEndPoint?)socket.LocalEndPoint)?.Address ?? IPAddress.IPv6Any;
            var request = new DnsRequest(
                buffer.AsMemory(0, received.ReceivedBytes), source, local, interfaces.NameOf(packet.Interface), Transport.Udp);
            var reply = buffer.AsMemory(MaxQueryLength, DnsReplyWriter.MaxUdpLength);
            var length = await handler.AnswerAsync(request, reply, stopping);
            if (length > 0 && ReplySender.Send(socket, reply.Span[..length], client, local, packet.Interface) is var error and not 0)
            {
                DnsLog.ReplyNotSent(logger, error);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The door is closing; nobody is answered any more.
        }
        catch (Exception exception)
        {
            // One question must not end the loop for all others.
            DnsLog.AnswerFailed(logger, exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
