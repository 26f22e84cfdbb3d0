using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies.Plain;

/// <summary>
/// Whether a name passes on any of some ports, where rules deny or carve out only parts of them: the rules are walked for each port at
/// which anything changes, and each protocol. Rare, and still without a byte allocated.
/// </summary>
internal static class PlainPortSweep
{
    private static readonly Traffic[] Protocols =
    [
        new(Transport.Tcp, Protocol.Tls, 0), new(Transport.Tcp, Protocol.Http, 0), new(Transport.Tcp, Protocol.Other, 0),
        new(Transport.Tcp, Protocol.Ssh, 0), new(Transport.Tcp, Protocol.Postgres, 0), new(Transport.Tcp, Protocol.MySql, 0),
        new(Transport.Tcp, Protocol.Redis, 0), new(Transport.Udp, Protocol.Quic, 0),
    ];

    public static bool Passes(Policy policy, PortSet ports, HostName name, bool allowOnly)
    {
        foreach (var range in ports.Ranges)
        {
            for (int port = range.First; port <= range.Last; port = NextChange(policy, port))
            {
                if (PassesAt(policy, name, (ushort)port, allowOnly))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool PassesAt(Policy policy, HostName name, ushort port, bool allowOnly)
    {
        foreach (var protocol in Protocols)
        {
            var flow = new FlowFacts { Port = port, Transport = protocol.Transport, Protocol = protocol.Protocol, Name = name, Evidence = Evidence.Synthetic };
            if (!PlainRuleWalk.Walk(policy, Pair.OfQuestion(flow), allowOnly).IsDenied)
            {
                return true;
            }
        }

        return false;
    }

    private static int NextChange(Policy policy, int port)
    {
        var next = port switch
        {
            < 80 => 80,
            < 81 => 81,
            < 443 => 443,
            < 444 => 444,
            _ => ushort.MaxValue + 1,
        };
        foreach (var rule in policy.Rules)
        {
            next = NextChange(rule.Except.Entries, port, NextChange(rule.Scope, port, next));
        }

        return next;
    }

    private static int NextChange(ReadOnlySpan<RuleEntry> entries, int port, int next)
    {
        foreach (var entry in entries)
        {
            foreach (var range in entry.Ports.Ranges)
            {
                next = range.First > port && range.First < next ? range.First : range.Last >= port && range.Last + 1 < next ? range.Last + 1 : next;
            }
        }

        return next;
    }
}
