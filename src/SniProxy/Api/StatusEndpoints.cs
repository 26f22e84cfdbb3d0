using SniProxy.Events;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Api;

/// <summary>How the appliance does, for people, probes and Prometheus.</summary>
internal sealed class StatusEndpoints(
    SandboxRegistry registry, PolicyBook book, EventLog events, Readiness readiness, MetricsCollector metrics, StrictEndpoints strict, TimeProvider clock)
{
    private readonly DateTimeOffset started = clock.GetUtcNow();
    private readonly long startedAt = clock.GetTimestamp();

    public Task GetStatusAsync(HttpContext context)
    {
        var (version, revision) = ProgramVersion.Parts;
        var names = book.Names;
        var answer = new StatusAnswer(
            version,
            revision,
            started,
            Math.Round(clock.GetElapsedTime(startedAt).TotalSeconds, 3),
            readiness.IsReady,
            readiness.Problems,
            new PoliciesAnswer(book.Revision, [.. names], new SortedDictionary<string, string>(book.LoadErrors.ToDictionary(), StringComparer.Ordinal)),
            strict.AnswerAt(book.Revision),
            registry.List().Count,
            new EventsAnswer(events.Waiting, events.IsOverloaded));
        return Answers.WriteAsync(context, answer, ApiJson.Default.StatusAnswer);
    }

    /// <summary>The process answers; whether it may be given traffic, <see cref="GetReadinessAsync"/> says.</summary>
    public static Task GetHealthAsync(HttpContext context) => Answers.WriteTextAsync(context, "ok\n", "text/plain; charset=utf-8");

    public Task GetReadinessAsync(HttpContext context)
    {
        var isReady = readiness.IsReady;
        return Answers.WriteAsync(
            context,
            new ReadyAnswer(isReady, readiness.Problems),
            ApiJson.Default.ReadyAnswer,
            isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    public Task GetMetricsAsync(HttpContext context) => Answers.WriteTextAsync(context, metrics.Collect(), PrometheusText.ContentType);
}
