using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Tables;

/// <summary>What entries are looked for: <c>any</c> always, and those that name one of these things.</summary>
internal readonly ref struct EntryQuery
{
    public HostName? Name { get; init; }

    /// <summary>More names, one of which may be meant.</summary>
    public ReadOnlySpan<HostName> Names { get; init; }

    /// <summary>The name may be any.</summary>
    public bool IsNameOpen { get; init; }

    public Address Address { get; init; }

    public bool HasAddress { get; init; }

    /// <summary>The address may be any.</summary>
    public bool IsAddressOpen { get; init; }

    /// <summary>Entries count too that name something just beside or above the name.</summary>
    public bool IsRelated { get; init; }
}
