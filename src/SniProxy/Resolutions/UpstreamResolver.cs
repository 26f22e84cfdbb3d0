using System.Collections.Concurrent;
using SniProxy.Core.Addresses;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>
/// The only way by which the appliance turns a name into addresses. Answers are kept as long as they may be, and a question that is
/// under way is joined, whoever asks. Names are judged before they come here: nothing in here knows a policy.
/// </summary>
internal sealed class UpstreamResolver : IAsyncDisposable
{
    private readonly ResolverOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger<UpstreamResolver> logger;
    private readonly ResolutionMetrics metrics;
    private readonly UpstreamList upstreams;
    private readonly ConcurrentDictionary<(HostName Name, DnsType Type), Task<UpstreamAnswer>> answers = new();
    private readonly ConcurrentDictionary<Task, bool> underWay = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly QuestionShares shares;
    private int kept;

    public UpstreamResolver(ResolverOptions options, TimeProvider clock, ILogger<UpstreamResolver> logger, ResolutionMetrics metrics)
    {
        this.options = options;
        this.clock = clock;
        this.logger = logger;
        this.metrics = metrics;
        upstreams = new UpstreamList(options, clock, logger);
        shares = new QuestionShares(options.MaxInFlight);
    }

    /// <summary>The addresses of both families. Found when there is one of either; a failure is never taken for a "no".</summary>
    /// <param name="name">The name.</param>
    /// <param name="asker">The lifecycle of the sandbox it is asked for: what is under way for one does not take the room of others.</param>
    /// <param name="cancellation">Ends the wait; others may wait for the same answer.</param>
    public ValueTask<Resolution> ResolveAsync(HostName name, long asker, CancellationToken cancellation)
    {
        var asked = clock.GetTimestamp();
        var six = QueryAsync(name, DnsType.Aaaa, asker, cancellation);
        var four = QueryAsync(name, DnsType.A, asker, cancellation);
        return six.IsCompletedSuccessfully && four.IsCompletedSuccessfully
            ? ValueTask.FromResult(Join(name, six.Result, four.Result, asked))
            : JoinAsync(name, six, four, asked);
    }

    /// <summary>
    /// The records of one type; completes at once when they are kept. Who has too much under way fails at once, and nobody else hears of it.
    /// </summary>
    public ValueTask<UpstreamAnswer> QueryAsync(HostName name, DnsType type, long asker, CancellationToken cancellation)
    {
        var key = (name, type);
        while (true)
        {
            if (answers.TryGetValue(key, out var present))
            {
                if (!present.IsCompleted)
                {
                    return new ValueTask<UpstreamAnswer>(present.WaitAsync(cancellation));
                }

                if (Remaining(present.Result) > TimeSpan.Zero)
                {
                    return new ValueTask<UpstreamAnswer>(present.Result);
                }
            }

            if (!shares.TryTake(asker))
            {
                return new ValueTask<UpstreamAnswer>(Stamp(new UpstreamAnswer(ResolutionStatus.Failed)));
            }

            var answer = new TaskCompletionSource<UpstreamAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (present is null ? answers.TryAdd(key, answer.Task) : answers.TryUpdate(key, answer.Task, present))
            {
                Count(1 - (present?.Result.Weight ?? 0));
                Start(name, type, asker, answer);
                return new ValueTask<UpstreamAnswer>(answer.Task.WaitAsync(cancellation));
            }

            shares.GiveBack(asker);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(underWay.Keys);
        await upstreams.DisposeAsync();
        stopping.Dispose();
    }

    private void Start(HostName name, DnsType type, long asker, TaskCompletionSource<UpstreamAnswer> answer)
    {
        var task = RunAsync(name, type, asker, answer);
        if (!task.IsCompleted)
        {
            underWay.TryAdd(task, true);
            task.ContinueWith(
                static (done, state) => ((ConcurrentDictionary<Task, bool>?)state)?.TryRemove(done, out _),
                underWay, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task RunAsync(HostName name, DnsType type, long asker, TaskCompletionSource<UpstreamAnswer> answer)
    {
        // Whoever asks may be a loop that others wait for: it asks, and goes on with something else.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var started = clock.GetTimestamp();
            using var question = new Question(options, clock, logger, name, type, stopping.Token);
            var found = await question.AskAsync(upstreams);
            metrics.UpstreamAnswered(clock.GetElapsedTime(started));
            answer.TrySetResult(Stamp(found));
            Count(found.Weight - 1);
            await question.DrainAsync();
        }
        catch (Exception exception)
        {
            // Nothing that can be named ends here; whatever it was, those who wait must hear of it.
            ResolutionLog.AskFailed(logger, exception);
        }
        finally
        {
            shares.GiveBack(asker);
            answer.TrySetResult(Stamp(new UpstreamAnswer(ResolutionStatus.Failed)));
        }
    }

    private UpstreamAnswer Stamp(UpstreamAnswer answer) => answer with
    {
        At = clock.GetTimestamp(),
        Lifetime = answer.Lifetime > TimeSpan.Zero ? answer.Lifetime : Lifetimes.Failure,
    };

    private TimeSpan Remaining(UpstreamAnswer answer) => answer.Lifetime - clock.GetElapsedTime(answer.At);

    // Past the limit everything that has expired goes, and where that is not enough whatever comes first.
    private void Count(int weight)
    {
        var excess = Interlocked.Add(ref kept, weight) - options.CacheSize;
        if (weight <= 0 || excess <= 0)
        {
            return;
        }

        var wanted = excess + options.CacheSize / 10;
        foreach (var everything in new[] { false, true })
        {
            foreach (var (key, task) in answers)
            {
                if (task.IsCompleted && (everything ? wanted > 0 : Remaining(task.Result) <= TimeSpan.Zero)
                    && answers.TryRemove(KeyValuePair.Create(key, task)))
                {
                    Interlocked.Add(ref kept, -task.Result.Weight);
                    wanted -= task.Result.Weight;
                }
            }
        }
    }

    private async ValueTask<Resolution> JoinAsync(HostName name, ValueTask<UpstreamAnswer> six, ValueTask<UpstreamAnswer> four, long asked)
    {
        // Both are awaited whatever becomes of the first, so that no failure goes unobserved.
        var both = await Task.WhenAll(six.AsTask(), four.AsTask());
        return Join(name, both[0], both[1], asked);
    }

    private Resolution Join(HostName name, UpstreamAnswer six, UpstreamAnswer four, long asked)
    {
        var addresses = new List<Address>(six.Records.Count + four.Records.Count);
        foreach (var record in six.Records.Concat(four.Records))
        {
            if (record.TryGetAddress(out var address))
            {
                addresses.Add(address);
            }
        }

        var remaining = Remaining(six) < Remaining(four) ? Remaining(six) : Remaining(four);
        var hasLeft = six.At >= asked || four.At >= asked;
        return new Resolution(name, StatusOf(six.Status, four.Status), addresses, remaining, [.. six.Hops.Union(four.Hops)], hasLeft);
    }

    // NXDOMAIN is said of the name, whatever the type (RFC 8020 section 2); otherwise a failure outweighs a "no", since the family that
    // failed may have addresses.
    private static ResolutionStatus StatusOf(ResolutionStatus six, ResolutionStatus four)
    {
        if (six is ResolutionStatus.Found or ResolutionStatus.NxDomain)
        {
            return six == ResolutionStatus.NxDomain && four == ResolutionStatus.Found ? four : six;
        }

        return four is ResolutionStatus.Found or ResolutionStatus.NxDomain || four < six ? four : six;
    }
}
