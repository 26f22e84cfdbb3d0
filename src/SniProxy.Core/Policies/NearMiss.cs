using System.Globalization;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>
/// Finds the entry that would have let a flow pass but for its depth, its port or its protocol, and says what to write. Every denial asks for
/// it, so that it is looked up like a verdict; only its words cost more.
/// </summary>
internal static class NearMiss
{
    public static string? Find(RulesInForce rules, in FlowFacts flow)
    {
        var traffic = new Traffic(flow.Transport, flow.Protocol, flow.Port);
        var query = new EntryQuery
        {
            Name = flow.Name,
            Names = flow.Name is null && flow.Unreadable == Reason.None ? flow.BoundNames : [],
            Address = flow.OriginalDestination,
            HasAddress = !flow.OriginalDestination.IsUnspecified,
            IsRelated = true,
        };
        var first = int.MaxValue;
        string? miss = null;
        for (var lookup = rules.Table.Entries.Find(query); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                if (position >= first)
                {
                    break;
                }

                ref readonly var place = ref rules.Table.Places[position];
                if (place.Entry.Decision != Decision.Deny && (rules.Holds(place) ? Find(place.Entry, traffic, flow) : Unmet(rules, place, traffic, flow)) is { } here)
                {
                    (first, miss) = (position, here);
                    break;
                }
            }
        }

        return miss;
    }

    /// <summary>A name that is asked for in DNS: only its depth can be wrong.</summary>
    public static string? Find(RulesInForce rules, HostName name)
    {
        var first = int.MaxValue;
        string? miss = null;
        for (var lookup = rules.Table.Entries.Find(new EntryQuery { Name = name, IsRelated = true }); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                if (position >= first)
                {
                    break;
                }

                ref readonly var place = ref rules.Table.Places[position];
                if (place.Entry is { Decision: not Decision.Deny, Pattern: { } pattern } && (rules.Holds(place) ? DepthMiss.Find(pattern, name) : Unmet(rules, place, name)) is { } here)
                {
                    (first, miss) = (position, here);
                    break;
                }
            }
        }

        return miss;
    }

    /// <summary>The entry that would allow exactly this flow.</summary>
    public static string? Entry(in FlowFacts flow)
    {
        // Where the bytes hide the name no name lets them pass.
        var host = flow.Unreadable != Reason.None ? null : flow.Name?.Value ?? (flow.BoundNames.IsEmpty ? null : flow.BoundNames[0].Value);
        if (host is null && flow.OriginalDestination.IsUnspecified)
        {
            return null;
        }

        host ??= flow.OriginalDestination.IsIPv4 ? flow.OriginalDestination.ToString() : $"[{flow.OriginalDestination}]";
        return Entry(host, new Traffic(flow.Transport, flow.Protocol, flow.Port), needsTcp: flow.Unreadable != Reason.None);
    }

    private static string Entry(string host, Traffic traffic, bool needsTcp)
    {
        var port = traffic.Port.ToString(CultureInfo.InvariantCulture);
        if (traffic.Transport == Transport.Udp)
        {
            return traffic.Port == 443 ? $"quic://{host}" : $"quic://{host}:{port}";
        }

        if (needsTcp)
        {
            return $"tcp://{host}:{port}";
        }

        var (scheme, own) = traffic.Protocol switch
        {
            Protocol.Ssh => ("ssh://", 22),
            Protocol.Postgres => ("postgres://", 5432),
            Protocol.MySql => ("mysql://", 3306),
            Protocol.Redis => ("redis://", 6379),
            Protocol.Http when traffic.Port == 443 => ("http://", 80),
            _ when traffic.BreaksPin => ("tcp://", 0),
            _ => (string.Empty, traffic.Port is 80 or 443 ? traffic.Port : 0),
        };
        return traffic.Port == own ? scheme + host : $"{scheme}{host}:{port}";
    }

    private static string? Find(RuleEntry entry, Traffic traffic, in FlowFacts flow)
    {
        var subject = Subject(entry, flow);
        if (subject is null)
        {
            return flow.Name is not null && entry.Written.Pattern is { } pattern && entry.FitsPassage(traffic) ? DepthMiss.Find(pattern, flow.Name) : null;
        }

        if (!entry.Ports.Contains(traffic.Port))
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{subject}:{traffic.Port}: \"{entry.Written}\" covers {Ports(entry.Ports)}; \"{Entry(subject, traffic, flow.Unreadable != Reason.None)}\" covers this one");
        }

        return entry.FitsPassage(traffic) && flow.Unreadable == Reason.None
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{subject}:{traffic.Port}: \"{entry.Written}\" covers {Covers(entry, traffic)} there, not {Word(traffic, flow)}; \"{Entry(subject, traffic, flow.Unreadable != Reason.None)}\" covers it");
    }

    // What it would have let pass, had its rule held.
    private static string? Unmet(RulesInForce rules, in PlacedEntry place, Traffic traffic, in FlowFacts flow) =>
        place.Entry.FitsPassage(traffic) && flow.Unreadable == Reason.None && Subject(place.Entry, flow) is { } subject
            ? string.Create(CultureInfo.InvariantCulture, $"{subject}:{traffic.Port}: rule {place.Rule.Name} names it, but {rules.Unmet(place.Rule)}")
            : null;

    private static string? Unmet(RulesInForce rules, in PlacedEntry place, HostName name) =>
        place.Entry.Names(name) ? $"{name}: rule {place.Rule.Name} names it, but {rules.Unmet(place.Rule)}" : null;

    // What of the flow the entry names, were it not for port and protocol.
    private static string? Subject(RuleEntry entry, in FlowFacts flow)
    {
        if (entry.Kind == EntryKind.Address && !flow.OriginalDestination.IsUnspecified && entry.Written.Block.Contains(flow.OriginalDestination))
        {
            return flow.OriginalDestination.IsIPv4 ? flow.OriginalDestination.ToString() : $"[{flow.OriginalDestination}]";
        }

        if (entry.Written.Pattern is not { } pattern || (flow.Unreadable != Reason.None && flow.Name is null))
        {
            return null;
        }

        if (flow.Name is not null)
        {
            return pattern.Matches(flow.Name) ? flow.Name.Value : null;
        }

        foreach (var name in flow.BoundNames)
        {
            if (pattern.Matches(name))
            {
                return name.Value;
            }
        }

        return null;
    }

    private static string Ports(PortSet ports) => ports == PortSet.Web ? "ports 80 and 443"
        : ports.ToString() is var written && written.AsSpan().ContainsAny(',', '-') ? $"ports {written}"
        : $"port {written}";

    private static string Covers(RuleEntry entry, Traffic traffic) => entry.Scheme switch
    {
        EntryScheme.Plain => traffic.Transport == Transport.Udp ? "TCP" : traffic.Port == 80 ? "HTTP and TLS" : "TLS",
        EntryScheme.Tcp => "TCP",
        var scheme => scheme.ToString().ToLowerInvariant(),
    };

    private static string Word(Traffic traffic, in FlowFacts flow) => flow.Unreadable != Reason.None
        ? "bytes whose name cannot be read"
        : traffic.Protocol switch
        {
            Protocol.Unread => "silence",
            Protocol.Other => "unknown bytes",
            var protocol => protocol.ToString().ToLowerInvariant(),
        };
}
