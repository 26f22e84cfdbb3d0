namespace SniProxy.Core.Policies;

/// <summary>One step of a walk over the rules.</summary>
/// <param name="Rule">The rule's name, or <c>default</c>.</param>
/// <param name="Label">Its label, if it has one.</param>
/// <param name="Matched">True for the step that settled the walk.</param>
/// <param name="Why">Why it did or did not match.</param>
public sealed record WalkStep(string Rule, string? Label, bool Matched, string Why);
