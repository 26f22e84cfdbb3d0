namespace SniProxy.Cli.Policies;

/// <summary>A recorded destination that two policies decide otherwise about.</summary>
internal sealed record VerdictRow(string Destination, string Before, string? RuleBefore, string After, string? RuleAfter, long Count);
