namespace SniProxy.Core.Policies;

/// <summary>The <c>when</c> of a rule as it is written: it matches only where all of it holds.</summary>
public sealed record RuleWhen
{
    /// <summary>The longest that <see cref="Within"/> can be: older signals are of no use to any rule.</summary>
    public static TimeSpan MaxWithin => TimeText.Max;

    /// <summary>Labels that the sandbox has, with these values.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>A signal that was given for the sandbox, or null.</summary>
    public string? Signal { get; init; }

    /// <summary>How long ago at most; zero where there is no <see cref="Signal"/>.</summary>
    public TimeSpan Within { get; init; }
}
