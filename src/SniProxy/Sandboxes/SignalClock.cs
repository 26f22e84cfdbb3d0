using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Sandboxes;

/// <summary>Gives signals their time, on the monotonic clock while the appliance runs and by the time of day over a restart.</summary>
internal sealed class SignalClock(TimeProvider clock)
{
    /// <summary>The signals with one more, or the same one anew. Null where there would be too many that some rule could still ask for.</summary>
    public IReadOnlyList<Signal>? With(IReadOnlyList<Signal> given, string name)
    {
        var now = clock.GetElapsedTime(0);
        Signal[] kept = [.. given.Where(signal => signal.Name != name && now - signal.At < RuleWhen.MaxWithin)];
        return kept.Length < Signal.MaxOfSandbox ? [.. kept, new Signal(name, now, clock.GetUtcNow())] : null;
    }

    /// <summary>
    /// Signals as they were stored. One whose time is still to come, because a clock was set back, was given just now: what a rule forbids after
    /// it stays forbidden for no less than its window.
    /// </summary>
    public IReadOnlyList<Signal> Restore(IReadOnlyDictionary<string, DateTimeOffset> stored)
    {
        var (now, time) = (clock.GetElapsedTime(0), clock.GetUtcNow());
        return
        [
            .. stored.Select(signal => (signal.Key, signal.Value, Age: time > signal.Value ? time - signal.Value : TimeSpan.Zero))
                .Where(signal => signal.Age < RuleWhen.MaxWithin)
                .Select(signal => new Signal(signal.Key, now - signal.Age, signal.Value)),
        ];
    }
}
