using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>Which ports and protocols an entry is about, with the meaning that its list and its rule give them.</summary>
/// <param name="Ports">The ports.</param>
/// <param name="Scheme">The protocol.</param>
/// <param name="IsAllow">It stands in an allow list.</param>
/// <param name="IsName">It names hosts.</param>
internal readonly record struct EntryTraffic(PortSet Ports, EntryScheme Scheme, bool IsAllow, bool IsName)
{
    /// <summary>For an entry that forbids or carves out: what is not known yet fits.</summary>
    public bool FitsDenial(Traffic traffic) => Ports.Contains(traffic.Port) && Scheme switch
    {
        EntryScheme.Plain => true,
        EntryScheme.Quic => traffic.Transport == Transport.Udp,
        _ when traffic.Transport != Transport.Tcp => false,
        EntryScheme.Tcp => true,
        _ => traffic.Protocol == Protocol.Unread || traffic.Protocol == ProtocolOf(Scheme),
    };

    /// <summary>For an entry that lets pass.</summary>
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
                EntryScheme.Plain => !IsAllow || (IsName && traffic.Port == 443),
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
