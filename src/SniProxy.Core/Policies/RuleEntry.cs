using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>An entry with the ports and the protocol that its list and its rule give it.</summary>
internal sealed class RuleEntry
{
    // What most entries are, in a copy that lies beside the entry: with many entries, reading a verdict's memory is most of what it costs.
    private readonly string? exactName;
    private readonly bool isPlainNameOfAllow;

    /// <param name="entry">As written.</param>
    /// <param name="decision">Of the rule in whose scope it stands; null in <c>except</c>.</param>
    /// <param name="protocol">The rule's <c>protocol</c>.</param>
    public RuleEntry(PolicyEntry entry, Decision? decision, EntryScheme protocol = EntryScheme.Plain)
    {
        Written = entry;
        Scheme = entry.Scheme != EntryScheme.Plain ? entry.Scheme : protocol;
        Ports = entry.Ports ?? (decision == Contract.Decision.Allow ? PortSet.Web : PortSet.All);
        IsWhollyPrivate = entry.Kind == EntryKind.Address && SpecialAddresses.IsWhollyPrivate(entry.Block);
        Decision = decision;
        IsAllow = decision == Contract.Decision.Allow;
        Pattern = entry.Pattern;
        Kind = entry.Kind;
        exactName = Pattern is { Kind: HostPatternKind.Exact } ? new string(Pattern.FixedPart.AsSpan()) : null;
        isPlainNameOfAllow = IsAllow && Kind == EntryKind.Name && Scheme == EntryScheme.Plain;
    }

    public PolicyEntry Written { get; }

    public EntryKind Kind { get; }

    /// <summary>For <see cref="EntryKind.Name"/>.</summary>
    public HostPattern? Pattern { get; }

    /// <summary>For <see cref="EntryKind.Address"/>.</summary>
    public Cidr Block => Written.Block;

    /// <summary>Of the rule in whose scope it stands; null in <c>except</c>.</summary>
    public Decision? Decision { get; }

    public EntryScheme Scheme { get; }

    public PortSet Ports { get; }

    public bool IsWhollyPrivate { get; }

    public bool IsAllow { get; }

    /// <summary>On every port and with every protocol.</summary>
    public bool IsWholesale => Scheme == EntryScheme.Plain && Ports.IsAll;

    public bool Names(HostName name) => exactName is not null ? string.Equals(exactName, name.Value, StringComparison.Ordinal) : Pattern is not null && Pattern.Matches(name);

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
    public bool FitsDenial(Traffic traffic) => Ports.Contains(traffic.Port) && Scheme switch
    {
        EntryScheme.Plain => true,
        EntryScheme.Quic => traffic.Transport == Transport.Udp,
        _ when traffic.Transport != Transport.Tcp => false,
        EntryScheme.Tcp => true,
        _ => traffic.Protocol == Protocol.Unread || traffic.Protocol == ProtocolOf(Scheme),
    };

    /// <summary>Port and protocol, for an entry that lets pass.</summary>
    public bool FitsPassage(Traffic traffic)
    {
        if (!Ports.Contains(traffic.Port))
        {
            return false;
        }

        if (traffic.Transport == Transport.Udp)
        {
            return Scheme switch
            {
                EntryScheme.Quic => true,
                EntryScheme.Plain => !IsAllow || (isPlainNameOfAllow && traffic.Port == 443),
                _ => false,
            };
        }

        return Scheme switch
        {
            EntryScheme.Plain => !traffic.BreaksPin,
            EntryScheme.Tcp => true,
            EntryScheme.Quic => false,
            EntryScheme.Tls or EntryScheme.Http when traffic.Protocol == Protocol.Unread => !traffic.BreaksPin,
            _ => traffic.Protocol == Protocol.Unread || traffic.Protocol == ProtocolOf(Scheme),
        };
    }

    private static Protocol ProtocolOf(EntryScheme scheme) => scheme switch
    {
        EntryScheme.Tls => Protocol.Tls,
        EntryScheme.Http => Protocol.Http,
        EntryScheme.Ssh => Protocol.Ssh,
        EntryScheme.Postgres => Protocol.Postgres,
        EntryScheme.MySql => Protocol.MySql,
        _ => Protocol.Redis,
    };
}
