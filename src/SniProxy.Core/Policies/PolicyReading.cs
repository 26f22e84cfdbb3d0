namespace SniProxy.Core.Policies;

/// <summary>A document, or everything that is wrong with it.</summary>
/// <param name="Document">Null as soon as there is one error.</param>
/// <param name="Errors">All errors, in the order of the document.</param>
public sealed record PolicyReading(PolicyDocument? Document, IReadOnlyList<PolicyError> Errors);
