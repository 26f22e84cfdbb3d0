using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>
/// Whether a name passes on any of some ports, where rules deny or carve out only parts of them: the rules are asked for each port at
/// which anything changes, and each protocol. Rare, and still without a byte allocated.
/// </summary>
internal static class PortSweep
{
    private static readonly Traffic[] Protocols =
    [
        new(Transport.Tcp, Protocol.Tls, 0), new(Transport.Tcp, Protocol.Http, 0), new(Transport.Tcp, Protocol.Other, 0),
        new(Transport.Tcp, Protocol.Ssh, 0), new(Transport.Tcp, Protocol.Postgres, 0), new(Transport.Tcp, Protocol.MySql, 0),
        new(Transport.Tcp, Protocol.Redis, 0), new(Transport.Udp, Protocol.Quic, 0),
    ];

    public static bool Passes(RulesInForce rules, PortSet ports, HostName name, bool allowOnly)
    {
        foreach (var range in ports.Ranges)
        {
            for (int port = range.First; port <= range.Last; port = NextChange(rules.Policy, name, port))
            {
                if (PassesAt(rules, name, (ushort)port, allowOnly))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool PassesAt(RulesInForce rules, HostName name, ushort port, bool allowOnly)
    {
        foreach (var protocol in Protocols)
        {
            var flow = new FlowFacts { Port = port, Transport = protocol.Transport, Protocol = protocol.Protocol, Name = name, Evidence = Evidence.Synthetic };
            if (!RuleWalk.Walk(rules, Pair.OfQuestion(flow), allowOnly).IsDenied)
            {
                return true;
            }
        }

        return false;
    }

    // Only what concerns the name can change its verdict: the entries that may, and what their rules carve out.
    private static int NextChange(Policy policy, HostName name, int port)
    {
        var next = port switch
        {
            < 80 => 80,
            < 81 => 81,
            < 443 => 443,
            < 444 => 444,
            _ => ushort.MaxValue + 1,
        };
        for (var lookup = policy.Table.Entries.Find(new EntryQuery { Name = name }); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                ref readonly var place = ref policy.Table.Places[position];
                next = place.Rule.Except.NextChange(port, place.Entry.Ports.NextChange(port, next));
            }
        }

        return next;
    }
}
