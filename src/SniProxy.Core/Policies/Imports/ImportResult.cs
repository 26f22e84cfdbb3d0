namespace SniProxy.Core.Policies.Imports;

/// <summary>What became of a foreign document.</summary>
/// <param name="Document">The policy; null as soon as there is one refusal.</param>
/// <param name="Refusals">What cannot be kept, each with its place and what to write instead, in the order of the document.</param>
/// <param name="Remarks">What was left out because no policy is about it, or means a little less here.</param>
public sealed record ImportResult(PolicyDocument? Document, IReadOnlyList<PolicyError> Refusals, IReadOnlyList<PolicyError> Remarks);
