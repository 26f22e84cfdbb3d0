using SniProxy.Core.Addresses;

namespace SniProxy.Sandboxes;

/// <summary>
/// Makes sandboxes of sources nobody registered: every source that fits all of what is written is one, judged by the policy.
/// </summary>
/// <param name="Policy">The policy of the sandboxes it makes.</param>
/// <param name="Source">The block their addresses lie in; null for any.</param>
/// <param name="Interface">The interface they come in by; null for any.</param>
/// <param name="Labels">Labels of the sandboxes it makes.</param>
internal sealed record Binding(string Policy, Cidr? Source, string? Interface, IReadOnlyDictionary<string, string> Labels)
{
    public bool Fits(Address source, string? ingress) =>
        (Source is not { } block || block.Contains(source))
            && (Interface is null || string.Equals(Interface, ingress, StringComparison.Ordinal));
}
