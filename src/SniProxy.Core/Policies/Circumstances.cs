using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>
/// What rules with <c>when</c> or <c>expires</c> depend on, at the moment a flow is judged. The default value is nobody at no time: none of
/// those rules holds.
/// </summary>
/// <param name="labels">The sandbox's.</param>
/// <param name="signals">The sandbox's.</param>
/// <param name="moment">Now, on the clock of <see cref="Signal.At"/>.</param>
/// <param name="now">Now, as time of day.</param>
public readonly struct Circumstances(IReadOnlyDictionary<string, string> labels, IReadOnlyList<Signal> signals, TimeSpan moment, DateTimeOffset now)
{
    private readonly IReadOnlyDictionary<string, string>? labels = labels;
    private readonly IReadOnlyList<Signal>? signals = signals;
    private readonly TimeSpan moment = moment;
    private readonly long nowTicks = now.UtcTicks;

    /// <summary>Of a sandbox.</summary>
    public static Circumstances Of(Sandbox sandbox, TimeSpan moment, DateTimeOffset now) => new(sandbox.Labels, sandbox.Signals, moment, now);

    /// <summary>Of nobody in particular: without labels and signals.</summary>
    public static Circumstances At(DateTimeOffset now) => new(new Dictionary<string, string>(), [], TimeSpan.Zero, now);

    public bool HasLabel(string name, string value) =>
        labels is not null && labels.TryGetValue(name, out var found) && string.Equals(found, value, StringComparison.Ordinal);

    /// <summary>True when the signal was given less than this long ago.</summary>
    public bool HasSignal(string name, TimeSpan within)
    {
        for (var i = 0; i < signals?.Count; i++)
        {
            if (string.Equals(signals[i].Name, name, StringComparison.Ordinal))
            {
                return moment - signals[i].At < within;
            }
        }

        return false;
    }

    public bool IsBefore(DateTimeOffset end) => nowTicks > 0 && nowTicks < end.UtcTicks;
}
