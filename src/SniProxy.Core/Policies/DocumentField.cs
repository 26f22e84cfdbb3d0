namespace SniProxy.Core.Policies;

/// <summary>One key of a mapping and what stands behind it.</summary>
public sealed record DocumentField(DocumentNode Key, DocumentNode Value);
