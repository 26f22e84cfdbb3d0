namespace SniProxy.Core.Policies;

/// <summary>The floor under every rule: which addresses are never dialled, and which only by an explicit rule.</summary>
public sealed class Guard
{
}
