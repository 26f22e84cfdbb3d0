using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>
/// One name and type on its way round the name servers. A server has <see cref="ResolverOptions.AttemptTimeout"/> to itself, then the
/// next one is asked as well, while the first may still answer; a server that fails passes the turn on at once; the silent ones are
/// asked a second and third time, since a datagram may be lost. The first usable answer counts.
/// </summary>
internal sealed class Question : IDisposable
{
    private readonly ResolverOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly HostName name;
    private readonly DnsType type;
    private readonly CancellationTokenSource deadline;
    private readonly CancellationTokenRegistration stop;
    private readonly List<(Task<DnsResponse?> Task, Upstream Server)> running = [];
    private readonly HashSet<Upstream> failed = [];
    private IReadOnlyList<Upstream> servers = [];
    private int next;

    public Question(ResolverOptions options, TimeProvider clock, ILogger logger, HostName name, DnsType type, CancellationToken stopping)
    {
        this.options = options;
        this.clock = clock;
        this.logger = logger;
        this.name = name;
        this.type = type;
        deadline = new CancellationTokenSource(options.QueryTimeout, clock);
        stop = stopping.UnsafeRegister(static state => ((CancellationTokenSource?)state)?.Cancel(), deadline);
    }

    /// <summary>The answer; it is the caller's to stamp with a time.</summary>
    public async Task<UpstreamAnswer> AskAsync(UpstreamList upstreams)
    {
        (servers, var atOnce) = upstreams.Plan();
        for (var i = 0; i < atOnce; i++)
        {
            StartNext();
        }

        return await FirstAnswerAsync(deadline.Token);
    }

    /// <summary>Waits for the servers that were asked only to see whether they are back, one server's time at most.</summary>
    public async Task DrainAsync()
    {
        deadline.CancelAfter(options.AttemptTimeout);
        foreach (var (task, server) in running)
        {
            if (await task is not null)
            {
                MarkUp(server);
            }
        }
    }

    public void Dispose()
    {
        stop.Dispose();
        deadline.Dispose();
    }

    private async Task<UpstreamAnswer> FirstAnswerAsync(CancellationToken cancellation)
    {
        while (running.Count > 0)
        {
            var finished = await FinishedAsync(cancellation);
            if (cancellation.IsCancellationRequested)
            {
                return new UpstreamAnswer(ResolutionStatus.TimedOut);
            }

            if (finished < 0)
            {
                running.ForEach(attempt => MarkDown(attempt.Server));
                StartNext();
                continue;
            }

            var (task, server) = running[finished];
            running.RemoveAt(finished);
            var response = await task;
            if (response is not null)
            {
                MarkUp(server);
                if (TryRead(response, out var answer))
                {
                    return answer;
                }
            }
            else
            {
                MarkDown(server);
            }

            failed.Add(server);
            if (next < servers.Count || running.Count == 0)
            {
                StartNext();
            }
        }

        return new UpstreamAnswer(ResolutionStatus.Failed);
    }

    // The place of the first attempt that came to an end, or -1 when none did while one server's time passed.
    private async Task<int> FinishedAsync(CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var passed = Task.Delay(options.AttemptTimeout, clock, patience.Token);
        await Task.WhenAny([passed, .. running.Select(attempt => attempt.Task)]);
        await patience.CancelAsync();
        return running.FindIndex(attempt => attempt.Task.IsCompleted);
    }

    // Round and round, past the servers that said they cannot.
    private void StartNext()
    {
        for (var i = 0; i < servers.Count; i++)
        {
            var server = servers[next++ % servers.Count];
            if (!failed.Contains(server))
            {
                running.Add((AttemptAsync(server, deadline.Token), server));
                return;
            }
        }
    }

    private async Task<DnsResponse?> AttemptAsync(Upstream server, CancellationToken cancellation)
    {
        try
        {
            return await server.AskAsync(name, type, cancellation);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private bool TryRead(DnsResponse response, out UpstreamAnswer answer)
    {
        answer = new UpstreamAnswer(ResolutionStatus.Failed);
        if (response.Rcode is not (DnsRcode.NoError or DnsRcode.NxDomain)
            || AnswerChain.Follow(name, type, response.Answers, out var chain) != ChainStatus.Complete || chain is null)
        {
            return false;
        }

        var isFound = response.Rcode == DnsRcode.NoError && chain.Records.Count > 0 && chain.Records[^1].Type == type;
        answer = new UpstreamAnswer(
            response.Rcode == DnsRcode.NxDomain ? ResolutionStatus.NxDomain : isFound ? ResolutionStatus.Found : ResolutionStatus.NoData)
        {
            // With "no such name" there is nothing of it, whatever else the server sent.
            Records = isFound ? chain.Records : [.. chain.Records.Where(record => record.Type != type)],
            Hops = chain.Hops,
            Lifetime = isFound ? Lifetimes.OfRecords(chain.Records) : Lifetimes.OfNegative(response.NegativeTtl),
        };
        return true;
    }

    private void MarkDown(Upstream server)
    {
        if (server.MarkDown())
        {
            ResolutionLog.ServerDown(logger, server.Address);
        }
    }

    private void MarkUp(Upstream server)
    {
        if (server.MarkUp())
        {
            ResolutionLog.ServerUp(logger, server.Address);
        }
    }
}
