using System.Globalization;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies.Plain;

/// <summary>Finds the entry that would have let a flow pass but for its depth, its port or its protocol, and says what to write. Off the hot path.</summary>
internal static class PlainNearMiss
{
    public static string? Find(RulesInForce all, Policy inForce, in FlowFacts flow)
    {
        var traffic = new Traffic(flow.Transport, flow.Protocol, flow.Port);
        foreach (var rule in all.Policy.Rules)
        {
            if (rule.Decision == Decision.Deny)
            {
                continue;
            }

            foreach (var entry in rule.Scope)
            {
                if ((inForce.Rules.Contains(rule) ? Find(entry, traffic, flow) : Unmet(all, rule, entry, traffic, flow)) is { } miss)
                {
                    return miss;
                }
            }
        }

        return null;
    }

    /// <summary>A name that is asked for in DNS: only its depth can be wrong.</summary>
    public static string? Find(RulesInForce all, Policy inForce, HostName name)
    {
        foreach (var rule in all.Policy.Rules)
        {
            if (rule.Decision == Decision.Deny)
            {
                continue;
            }

            foreach (var entry in rule.Scope)
            {
                if (entry.Written.Pattern is { } pattern && (inForce.Rules.Contains(rule) ? Depth(pattern, name) : Unmet(all, rule, pattern, name)) is { } miss)
                {
                    return miss;
                }
            }
        }

        return null;
    }

    /// <summary>The entry that would allow exactly this flow.</summary>
    public static string? Entry(in FlowFacts flow)
    {
        var host = flow.Name?.Value ?? (flow.BoundNames.IsEmpty ? null : flow.BoundNames[0].Value);
        if (host is null && flow.OriginalDestination.IsUnspecified)
        {
            return null;
        }

        host ??= flow.OriginalDestination.IsIPv4 ? flow.OriginalDestination.ToString() : $"[{flow.OriginalDestination}]";
        return Entry(host, new Traffic(flow.Transport, flow.Protocol, flow.Port), needsTcp: flow.Unreadable != Reason.None);
    }

    private static string? Unmet(RulesInForce all, PolicyRule rule, RuleEntry entry, Traffic traffic, in FlowFacts flow) =>
        flow.Unreadable == Reason.None && entry.FitsPassage(traffic) && Subject(entry, flow) is { } subject
            ? $"{subject}:{traffic.Port}: rule {rule.Name} names it, but {all.Unmet(rule)}"
            : null;

    private static string? Unmet(RulesInForce all, PolicyRule rule, HostPattern pattern, HostName name) =>
        pattern.Matches(name) ? $"{name}: rule {rule.Name} names it, but {all.Unmet(rule)}" : null;

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
            return flow.Name is not null && entry.Written.Pattern is { } pattern && entry.FitsPassage(traffic) ? Depth(pattern, flow.Name) : null;
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

    private static string? Depth(HostPattern pattern, HostName name)
    {
        var part = pattern.FixedPart;
        var isSame = string.Equals(part, name.Value, StringComparison.Ordinal);
        var isBelow = name.Value.Length > part.Length && name.Value.EndsWith(part, StringComparison.Ordinal) && name.Value[^(part.Length + 1)] == '.';
        return pattern.Kind switch
        {
            HostPatternKind.OneLabel when isBelow && !pattern.Matches(name) => $"{name}: \"{pattern}\" covers one label; \"**.{part}\" covers any depth",
            HostPatternKind.OneLabel when isSame => $"{name}: \"{pattern}\" covers one label below it; \"{name}\" covers the name itself",
            HostPatternKind.AnyDepth when isSame => $"{name}: \"{pattern}\" covers what is below it; \".{part}\" covers the name itself as well",
            HostPatternKind.Exact when isBelow && part.Contains('.') => $"{name}: \"{pattern}\" covers that name only; \".{part}\" covers any depth below it as well",
            _ => null,
        };
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
