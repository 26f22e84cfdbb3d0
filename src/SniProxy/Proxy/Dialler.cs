using System.Diagnostics;
using System.Net.Sockets;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Proxy;

/// <summary>
/// Connects to the first of several addresses that answers (RFC 8305): attempts start 250 ms apart, at once when one fails, families
/// alternating from IPv6. Only the addresses it is given are ever dialled, and nothing is resolved here.
/// </summary>
internal sealed class Dialler(TimeSpan connectTimeout, TimeProvider clock)
{
    // A name's owner decides how many addresses it has; a flow must not take as many descriptors.
    private const int MaxAtOnce = 3;

    // RFC 8305 section 8: Connection Attempt Delay, recommended value.
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    // All addresses of a flow together may take three times what one may.
    private readonly TimeSpan totalTimeout = connectTimeout * 3;

    public async Task<DialResult> DialAsync(ReadOnlyMemory<Address> addresses, ushort port)
    {
        if (addresses.Length == 1)
        {
            return await AttemptAsync(addresses.Span[0], port, CancellationToken.None);
        }

        var order = Interleave(addresses.Span);
        using var total = new CancellationTokenSource(totalTimeout);
        var running = new List<Task<DialResult>>(order.Length);
        var next = 0;
        var failure = DialResult.Failed(Reason.UpstreamUnreachable);
        while (next < order.Length || running.Count > 0)
        {
            if (next < order.Length)
            {
                running.Add(AttemptAsync(order[next++], port, total.Token));
            }

            var delay = next < order.Length && running.Count < MaxAtOnce ? Task.Delay(AttemptDelay, clock, total.Token) : null;
            var finished = await WaitForOneAsync(running, delay);
            if (finished is null)
            {
                continue;
            }

            running.Remove(finished);
            var result = await finished;
            if (result.Socket is not null)
            {
                await total.CancelAsync();
                await DisposeLosersAsync(running);
                return result;
            }

            failure = result;
        }

        return failure;
    }

    private static async Task<Task<DialResult>?> WaitForOneAsync(List<Task<DialResult>> running, Task? delay)
    {
        if (delay is null)
        {
            return await Task.WhenAny(running);
        }

        var attempt = Task.WhenAny(running);
        return await Task.WhenAny(attempt, delay) == attempt ? await attempt : null;
    }

    private static async Task DisposeLosersAsync(List<Task<DialResult>> running)
    {
        foreach (var loser in await Task.WhenAll(running))
        {
            loser.Socket?.Dispose();
        }
    }

    // RFC 8305 section 4: alternate families, beginning with IPv6, each in the order of the answer.
    private static Address[] Interleave(ReadOnlySpan<Address> addresses)
    {
        var order = new Address[addresses.Length];
        var (v6, v4) = (0, 0);
        for (var i = 0; i < order.Length; i++)
        {
            var found = i % 2 == 0
                ? Next(addresses, ref v6, wantIPv4: false, out order[i])
                : Next(addresses, ref v4, wantIPv4: true, out order[i]);
            if (!found)
            {
                _ = i % 2 == 0
                    ? Next(addresses, ref v4, wantIPv4: true, out order[i])
                    : Next(addresses, ref v6, wantIPv4: false, out order[i]);
            }
        }

        return order;
    }

    private static bool Next(ReadOnlySpan<Address> addresses, ref int from, bool wantIPv4, out Address address)
    {
        while (from < addresses.Length)
        {
            address = addresses[from++];
            if (address.IsIPv4 == wantIPv4)
            {
                return true;
            }
        }

        address = default;
        return false;
    }

    private async Task<DialResult> AttemptAsync(Address address, ushort port, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(connectTimeout);
        Socket? socket = null;
        try
        {
            // Fails where the machine has no such family, or no descriptor left: another address may do.
            socket = new Socket(
                address.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.NoDelay = true;
            var started = Stopwatch.GetTimestamp();
            await socket.ConnectAsync(new Endpoint(address, port).ToIPEndPoint(), deadline.Token);
            return new DialResult(socket, new Endpoint(address, port), Stopwatch.GetElapsedTime(started), Reason.None);
        }
        catch (OperationCanceledException)
        {
            socket?.Dispose();
            return DialResult.Failed(Reason.UpstreamTimeout);
        }
        catch (SocketException error)
        {
            socket?.Dispose();
            return DialResult.Failed(error.SocketErrorCode == SocketError.TimedOut ? Reason.UpstreamTimeout : Reason.UpstreamUnreachable);
        }
    }
}
