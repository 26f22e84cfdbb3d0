using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>An entry with the ports and the protocol that its list and its rule give it.</summary>
internal sealed class RuleEntry
{
    /// <param name="entry">As written.</param>
    /// <param name="decision">Of the rule in whose scope it stands; null in <c>except</c>.</param>
    /// <param name="protocol">The rule's <c>protocol</c>.</param>
    public RuleEntry(PolicyEntry entry, Decision? decision, EntryScheme protocol = EntryScheme.Plain)
    {
        Written = entry;
        IsWhollyPrivate = entry.Kind == EntryKind.Address && SpecialAddresses.IsWhollyPrivate(entry.Block);
        Decision = decision;
        Pattern = entry.Pattern;
        Kind = entry.Kind;
        Traffic = new EntryTraffic(
            entry.Ports ?? (decision == Contract.Decision.Allow ? PortSet.Web : PortSet.All),
            entry.Scheme != EntryScheme.Plain ? entry.Scheme : protocol,
            decision == Contract.Decision.Allow,
            Kind == EntryKind.Name);
    }

    public PolicyEntry Written { get; }

    public EntryKind Kind { get; }

    /// <summary>For <see cref="EntryKind.Name"/>.</summary>
    public HostPattern? Pattern { get; }

    /// <summary>For <see cref="EntryKind.Address"/>.</summary>
    public Cidr Block => Written.Block;

    /// <summary>Of the rule in whose scope it stands; null in <c>except</c>.</summary>
    public Decision? Decision { get; }

    /// <summary>Which ports and protocols it is about.</summary>
    public EntryTraffic Traffic { get; }

    public EntryScheme Scheme => Traffic.Scheme;

    public PortSet Ports => Traffic.Ports;

    public bool IsWhollyPrivate { get; }

    public bool IsAllow => Traffic.IsAllow;

    /// <summary>On every port and with every protocol.</summary>
    public bool IsWholesale => Scheme == EntryScheme.Plain && Ports.IsAll;

    public bool Names(HostName name) => Pattern is not null && Pattern.Matches(name);

    public bool NamesOneOf(ReadOnlySpan<HostName> names)
    {
        foreach (var name in names)
        {
            if (Names(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Port and protocol, for an entry that forbids or carves out: what is not known yet fits.</summary>
    public bool FitsDenial(Traffic traffic) => Traffic.FitsDenial(traffic);

    /// <summary>Port and protocol, for an entry that lets pass.</summary>
    public bool FitsPassage(Traffic traffic) => Traffic.FitsPassage(traffic);
}
