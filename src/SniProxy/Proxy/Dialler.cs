using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Proxy.Connections;

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

    public ValueTask<DialResult> DialAsync(IConnector connector, ReadOnlyMemory<Address> addresses, ushort port) => addresses.Length == 1
        ? connector.ConnectAsync(new Endpoint(addresses.Span[0], port), connectTimeout, CancellationToken.None)
        : RaceAsync(connector, Interleave(addresses.Span), port);

    private async ValueTask<DialResult> RaceAsync(IConnector connector, Address[] order, ushort port)
    {
        using var total = new CancellationTokenSource(totalTimeout);
        var running = new List<Task<DialResult>>(order.Length);
        var next = 0;
        var failure = DialResult.Failed(Reason.UpstreamUnreachable);
        while (next < order.Length || running.Count > 0)
        {
            if (next < order.Length)
            {
                running.Add(connector.ConnectAsync(new Endpoint(order[next++], port), connectTimeout, total.Token).AsTask());
            }

            var delay = next < order.Length && running.Count < MaxAtOnce ? Task.Delay(AttemptDelay, clock, total.Token) : null;
            var finished = await WaitForOneAsync(running, delay);
            if (finished is null)
            {
                continue;
            }

            running.Remove(finished);
            var result = await finished;
            if (result.Upstream is not null)
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
            loser.Upstream?.Dispose();
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
}
