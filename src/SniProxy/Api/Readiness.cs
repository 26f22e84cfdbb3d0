using System.Collections.Concurrent;

namespace SniProxy.Api;

/// <summary>
/// Whether the appliance may be given traffic: every condition that was named at the start has been reported to hold. A condition that
/// nobody has reported yet does not hold.
/// </summary>
internal sealed class Readiness
{
    private const string NotYet = "not reported yet";

    private readonly ConcurrentDictionary<string, string> problems = new(StringComparer.Ordinal);

    /// <param name="conditions">What must hold, such as <c>listeners</c>, <c>policies</c>, <c>enforcement</c>.</param>
    public Readiness(params IEnumerable<string> conditions)
    {
        foreach (var condition in conditions)
        {
            problems[condition] = NotYet;
        }
    }

    public bool IsReady => problems.IsEmpty;

    /// <summary>Conditions that do not hold, with what is wrong.</summary>
    public IReadOnlyDictionary<string, string> Problems => problems;

    /// <summary>Says that a condition holds (null) or what is wrong with it.</summary>
    public void Report(string condition, string? problem)
    {
        if (problem is null)
        {
            problems.TryRemove(condition, out _);
            return;
        }

        problems[condition] = problem;
    }
}
