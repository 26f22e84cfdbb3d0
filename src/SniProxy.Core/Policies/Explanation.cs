namespace SniProxy.Core.Policies;

/// <summary>What would become of a destination, and by which steps.</summary>
public sealed record Explanation(string Destination, Verdict Verdict, string Message, string? NearMiss, IReadOnlyList<WalkStep> Walk);
