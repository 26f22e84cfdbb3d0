using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>One destination as a rule writes it, read but not yet given the meaning its list lends it.</summary>
public sealed class PolicyEntry
{
    /// <summary>As it was written.</summary>
    public required string Text { get; init; }

    public required EntryKind Kind { get; init; }

    /// <summary>For <see cref="EntryKind.Name"/>.</summary>
    public HostPattern? Pattern { get; init; }

    /// <summary>For <see cref="EntryKind.Address"/>.</summary>
    public Cidr Block { get; init; }

    /// <summary>The ports that were written or come with the scheme; null where the entry's list decides.</summary>
    public PortSet? Ports { get; init; }

    public EntryScheme Scheme { get; init; }

    public override string ToString() => Text;
}
