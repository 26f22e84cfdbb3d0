namespace SniProxy.Core.Policies;

/// <summary>When a rule holds at all: its <c>when</c> and its <c>expires</c>.</summary>
internal sealed class RuleCondition
{
    private readonly KeyValuePair<string, string>[] labels;
    private readonly string? signal;
    private readonly TimeSpan within;
    private readonly DateTimeOffset? expires;

    private RuleCondition(RuleWhen? when, DateTimeOffset? expires)
    {
        labels = [.. when?.Labels ?? new Dictionary<string, string>()];
        signal = when?.Signal;
        within = when?.Within ?? default;
        this.expires = expires;
    }

    /// <summary>Null for a rule that always holds.</summary>
    public static RuleCondition? Of(RuleDocument rule) => rule.When is null && rule.Expires is null ? null : new RuleCondition(rule.When, rule.Expires);

    public bool Holds(in Circumstances circumstances)
    {
        foreach (var (name, value) in labels)
        {
            if (!circumstances.HasLabel(name, value))
            {
                return false;
            }
        }

        return (signal is null || circumstances.HasSignal(signal, within)) && (expires is not { } end || circumstances.IsBefore(end));
    }

    /// <summary>What is missing, in words; for a condition that does not hold. Off the hot path.</summary>
    public string Unmet(in Circumstances circumstances)
    {
        foreach (var (name, value) in labels)
        {
            if (!circumstances.HasLabel(name, value))
            {
                return $"it holds only for sandboxes with the label {name}={value}";
            }
        }

        return signal is not null && !circumstances.HasSignal(signal, within)
            ? $"it holds only for {TimeText.Write(within)} after the signal {signal}"
            : $"it has expired: it held until {expires:yyyy-MM-dd'T'HH:mm:ssK}";
    }
}
