using SniProxy.Core.Names;

namespace SniProxy.Dns;

/// <summary>Names that have the same answer for everybody, whatever a policy says.</summary>
internal static class FixedNames
{
    public static FixedName Of(HostName name) => name.Value switch
    {
        // Where a sandbox asks why it was denied.
        "egress.internal" => FixedName.Gateway,

        // "No such name" is how Firefox is told to leave DNS to the network, how iCloud's relays are switched off, and how a browser
        // learns that nobody configures proxies here.
        "use-application-dns.net" or "mask.icloud.com" or "mask-h2.icloud.com" or "wpad" => FixedName.Nonexistent,

        // Discovery of encrypted resolvers (RFC 9462 section 4) and of NAT64 (RFC 7050): there is neither.
        "_dns.resolver.arpa" or "ipv4only.arpa" => FixedName.Empty,
        // The same question with a domain of the search list.
        ['w', 'p', 'a', 'd', '.', ..] => FixedName.Nonexistent,
        _ => IsMulticastName(name.Value) ? FixedName.Nonexistent : FixedName.None,
    };

    // One label below "local" (RFC 6762 section 3). Deeper ones are the names of clusters, which a policy may allow.
    private static bool IsMulticastName(string name) =>
        name.EndsWith(".local", StringComparison.Ordinal) && name.IndexOf('.', StringComparison.Ordinal) == name.Length - ".local".Length;
}
