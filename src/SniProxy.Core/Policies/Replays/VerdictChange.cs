namespace SniProxy.Core.Policies.Replays;

/// <summary>A recorded destination that another policy decides otherwise about.</summary>
/// <param name="Destination">Such as <c>tls://api.example.com:443</c>.</param>
/// <param name="Before">What the first policy says.</param>
/// <param name="After">What the second one says.</param>
/// <param name="Count">How many recorded decisions it is about.</param>
public sealed record VerdictChange(string Destination, Verdict Before, Verdict After, long Count);
