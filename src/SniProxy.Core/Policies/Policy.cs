namespace SniProxy.Core.Policies;

/// <summary>A compiled policy: immutable, shared, safe to read from any thread.</summary>
public sealed class Policy
{
    public required string Name { get; init; }

    public required long Revision { get; init; }
}
