namespace SniProxy.Core.Policies;

/// <summary>The next step and the verdict behind it (for <see cref="FlowStep.Resolve"/>: the verdict that stands when the name does not resolve). The default value refuses.</summary>
public readonly record struct FlowOutcome(FlowStep Step, Verdict Verdict);
