using System.Text;
using System.Text.Json;

namespace SniProxy.Lab.Ground;

/// <summary>
/// nftables counters at the first hook of a namespace, one set for each host and family. nft cannot subtract, so that "has payload" is asked
/// once for each possible length of the TCP header; the payload's bytes are then exact: counted bytes less the headers of the counted packets.
/// (IP options and IPv6 extension headers, which nobody here sends, would still show as packets.)
/// </summary>
public sealed class TrafficCounters
{
    private const string Table = "lab_traffic";
    private const int SmallestTcpHeader = 5;
    private const int LargestTcpHeader = 15;

    private readonly Namespace _where;

    private TrafficCounters(Namespace where) => _where = where;

    public static async Task<TrafficCounters> InstallAsync(Namespace where, IReadOnlyList<Place> places)
    {
        (await where.FeedAsync(Rules(places), "nft", "-f", "-")).MustSucceed();
        return new TrafficCounters(where);
    }

    public async Task<Traffic> ReadAsync(Place place, Family family)
    {
        var listing = (await _where.RunAsync("nft", "-j", "list", "chain", "inet", Table, Chain(place, family))).MustSucceed();
        using var document = JsonDocument.Parse(listing.OutputBytes);
        var traffic = Traffic.None;
        foreach (var item in document.RootElement.GetProperty("nftables").EnumerateArray())
        {
            if (item.TryGetProperty("rule", out var rule))
            {
                traffic += Read(rule, family);
            }
        }

        return traffic;
    }

    private static Traffic Read(JsonElement rule, Family family)
    {
        var kind = rule.GetProperty("comment").GetString() ?? "";
        var counter = rule.GetProperty("expr").EnumerateArray().First(e => e.TryGetProperty("counter", out _)).GetProperty("counter");
        var packets = counter.GetProperty("packets").GetInt64();
        var bytes = counter.GetProperty("bytes").GetInt64();
        return kind switch
        {
            "all" => Traffic.None with { Packets = packets },
            "syn" => Traffic.None with { Syns = packets },
            "udp" => Traffic.None with { UdpPackets = packets },
            _ => Traffic.None with { PayloadPackets = packets, PayloadBytes = bytes - (packets * (NetworkHeader(family) + TcpHeader(kind))) },
        };
    }

    private static int NetworkHeader(Family family) => family == Family.IPv4 ? 20 : 40;

    private static int TcpHeader(string kind) => int.Parse(kind.AsSpan("payload ".Length), System.Globalization.CultureInfo.InvariantCulture);

    private static string Rules(IReadOnlyList<Place> places)
    {
        var script = new StringBuilder($"table inet {Table} {{\n");
        foreach (var (place, family) in places.SelectMany(p => Enum.GetValues<Family>().Select(f => (p, f))))
        {
            script.Append($"  chain {Chain(place, family)} {{\n");
            script.Append("    counter comment \"all\"\n");
            script.Append("    tcp flags & (syn | ack) == syn counter comment \"syn\"\n");
            script.Append("    meta l4proto udp counter comment \"udp\"\n");
            for (var words = SmallestTcpHeader; words <= LargestTcpHeader; words++)
            {
                var longer = family == Family.IPv4 ? $"ip length > {20 + (4 * words)}" : $"ip6 length > {4 * words}";
                script.Append($"    tcp doff {words} {longer} counter comment \"payload {4 * words}\"\n");
            }

            script.Append("  }\n");
        }

        script.Append("  chain arriving {\n    type filter hook prerouting priority raw; policy accept;\n");
        script.Append($"    ip daddr vmap {{ {Jumps(places, Family.IPv4)} }}\n    ip6 daddr vmap {{ {Jumps(places, Family.IPv6)} }}\n  }}\n}}\n");
        return script.ToString();
    }

    private static string Jumps(IReadOnlyList<Place> places, Family family) =>
        string.Join(", ", places.Select(p => $"{p.At(family)} : jump {Chain(p, family)}"));

    private static string Chain(Place place, Family family) => $"{place.Name.Replace('.', '_')}_{family}";
}
