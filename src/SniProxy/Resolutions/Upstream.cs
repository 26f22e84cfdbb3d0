using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>One name server and whether it answered lately, which decides no more than the order of asking.</summary>
internal sealed class Upstream(UpstreamAddress address, ResolverOptions options, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private readonly TlsUpstream? tls = address.TlsName is null ? null : new TlsUpstream(address, options, clock, logger);
    private long probedAt;
    private int isDown;

    public UpstreamAddress Address => address;

    public bool IsDown => Volatile.Read(ref isDown) != 0;

    /// <summary>Returns the response, or null where the server cannot be reached or what it says cannot be read.</summary>
    public Task<DnsResponse?> AskAsync(HostName name, DnsType type, CancellationToken cancellation) =>
        tls?.AskAsync(name, type, cancellation) ?? Exchange.AskAsync(address.Endpoint, name, type, logger, cancellation);

    /// <summary>Returns true when that is news.</summary>
    public bool MarkDown()
    {
        Volatile.Write(ref probedAt, clock.GetTimestamp());
        return Interlocked.Exchange(ref isDown, 1) == 0;
    }

    /// <summary>Returns true when that is news.</summary>
    public bool MarkUp() => Interlocked.Exchange(ref isDown, 0) == 1;

    /// <summary>True for one caller each interval: it asks this server although it is down.</summary>
    public bool TryTakeProbe()
    {
        var last = Volatile.Read(ref probedAt);
        return clock.GetElapsedTime(last) >= options.ProbeInterval && Interlocked.CompareExchange(ref probedAt, clock.GetTimestamp(), last) == last;
    }

    public ValueTask DisposeAsync() => tls?.DisposeAsync() ?? ValueTask.CompletedTask;
}
