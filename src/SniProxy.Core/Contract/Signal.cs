namespace SniProxy.Core.Contract;

/// <summary>Something that a sandbox was said to have done, such as having read what is sensitive.</summary>
/// <param name="Name">What it did.</param>
/// <param name="At">When it was last said, on the appliance's monotonic clock, which no change of the time of day moves.</param>
/// <param name="Time">The same as time of day, for people and for the store.</param>
public sealed record Signal(string Name, TimeSpan At, DateTimeOffset Time)
{
    /// <summary>How many a sandbox can have.</summary>
    public const int MaxOfSandbox = 64;

    /// <summary>Letters, digits, <c>-</c>, <c>_</c> and <c>.</c>, beginning with a letter or digit, at most 64.</summary>
    public static bool IsName(string? name) =>
        name is { Length: > 0 and <= 64 } && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
}
