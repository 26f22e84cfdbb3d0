using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>
/// A name server that is asked over TLS (RFC 7858). All questions share one connection (section 3.4), and another one is made when it has
/// ended, or keeps silent while it owes an answer; the one that is silent may still give it.
/// </summary>
internal sealed class TlsUpstream(UpstreamAddress address, ResolverOptions options, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly List<TlsConnection> open = [];
    private string? problem;

    /// <summary>Returns the response, or null where there is no connection to be had, it ended, or what was said on it cannot be read.</summary>
    public async Task<DnsResponse?> AskAsync(HostName name, DnsType type, CancellationToken cancellation)
    {
        var connection = Take(out var isNew);
        var response = await connection.AskAsync(name, type).WaitAsync(cancellation);
        if (response is not null || isNew || !connection.HasEnded)
        {
            return response;
        }

        // The server may have closed an idle connection just when it was asked (RFC 7766 section 6.2.4).
        return await Take(out _).AskAsync(name, type).WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        List<TlsConnection> last;
        lock (gate)
        {
            last = [.. open];
        }

        await Task.WhenAll(last.Select(connection => connection.Ended));
        stopping.Dispose();
    }

    private TlsConnection Take(out bool isNew)
    {
        lock (gate)
        {
            open.RemoveAll(connection => connection.HasEnded);
            isNew = open.Count == 0 || open[^1].IsSilent;
            if (isNew)
            {
                open.Add(new TlsConnection(address, options, clock, Tell, stopping.Token));
            }

            return open[^1];
        }
    }

    // The same problem is told once, not with every question; null is that there is none any more.
    private void Tell(string? found)
    {
        if (Interlocked.Exchange(ref problem, found) != found && found is not null)
        {
            ResolutionLog.TlsFailed(logger, address, found);
        }
    }
}
