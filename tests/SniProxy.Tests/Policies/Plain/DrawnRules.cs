using System.Net;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>Rules and entries out of few names, addresses and ports, so that they meet, nest and contradict each other.</summary>
internal sealed class DrawnRules(Random random, DateTimeOffset now)
{
    private static readonly string[] Globs = ["*", "*", "a*", "*b", "a*c", "api-*", "*-*", "*a*", "a", "b"];
    private static readonly string[] Schemes = ["https", "tls", "http", "ssh", "postgres", "mysql", "redis", "redshift", "quic", "tcp"];
    private static readonly string[] Protocols = ["tls", "http", "ssh", "postgres", "mysql", "redis", "quic", "tcp"];
    private static readonly string[] Ports = ["80", "443", "22", "8443", "*", "1-1000", "80,443", "8000-8999,443", "5432", "1001-65535"];
    private static readonly string[] PrivateBlocks = ["10.0.0.0/8", "10.0.0.0/30", "10.0.0.1/32", "192.168.0.0/16", "fc00::/7", "fd00::/126", "100.64.0.0/10"];
    private static readonly string[] Limits = ["""{"connections":1}""", """{"upload":"20MB/1h"}""", """{"newConnectionsPerSecond":5,"upload":"1KiB/1s"}"""];

    private readonly DrawnHosts hosts = new(random);

    public WrittenRule Rule()
    {
        var decision = Pick("allow", "allow", "allow", "deny", "audit");
        var protocol = random.Next(8) == 0 ? Pick(Protocols) : null;
        var signal = random.Next(8) == 0 ? Pick(DrawnWorld.Signals) : null;
        return new WrittenRule
        {
            Decision = decision,
            Protocol = protocol,
            Scope = Entries(1 + random.Next(Pick(1, 4, 12)), decision, protocol),
            Except = Entries(random.Next(3) > 0 ? 0 : random.Next(Pick(3, 12)), "except", null),
            Priority = random.Next(4) == 0 ? random.Next(3) * 100 : 100,
            Label = random.Next(4) == 0 ? Pick("one", "two") : null,
            Expires = random.Next(8) == 0 ? now.AddSeconds(random.Next(-1, 4)) : null,
            Signal = signal,
            Within = signal is null ? 0 : Pick(1, 300),
            Labels = DrawnWorld.Labels.Where(_ => random.Next(10) == 0).ToDictionary(name => name, _ => Pick("a", "b")),
            ResolvesTo = decision == "allow" && random.Next(3) == 0 ? [.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => IPNetwork.Parse(Pick(PrivateBlocks)))] : [],
            Limits = decision != "deny" && random.Next(6) == 0 ? Pick(Limits) : null,
        };
    }

    /// <summary>A bundle lists hosts, and "any" is none.</summary>
    public WrittenRule BundleRule() => new()
    {
        Decision = "allow", Scope = [.. Entries(1 + random.Next(3), "allow", null).Where(entry => !entry.IsAny), new WrittenEntry(null, hosts.Name(), null, "allow", null)], Label = "bundled",
    };

    public WrittenEntry[] Entries(int count, string list, string? protocol) => [.. Enumerable.Range(0, count).Select(_ => Entry(list, protocol))];

    private WrittenEntry Entry(string list, string? protocol)
    {
        var scheme = protocol is null && random.Next(4) == 0 ? Pick(Schemes) : null;
        var ports = (scheme == "tcp" && list == "allow") || random.Next(3) == 0 ? Pick(Ports) : null;
        var host = random.Next(16) == 0 ? "any" : random.Next(4) == 0 ? Block() : Spelt(Pattern());
        return new WrittenEntry(scheme, host, ports, list, protocol);
    }

    private string Pattern() => random.Next(8) switch
    {
        0 => $"*.{hosts.Name()}",
        1 => $"**.{hosts.Name()}",
        2 => $".{hosts.Name()}",
        3 => Pick("*.com", "**.com", ".com", "*.example", "**.example", ".example", "**.x.example", ".x.example"),
        4 or 5 => string.Join('.', Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Pick(Globs)).Append(Pick("x", "a", "*")).Append("example")),
        _ => hosts.Name(),
    };

    // In any letter case, with a dot at the end or without: the same name.
    private string Spelt(string pattern) =>
        random.Next(6) == 0 ? pattern.ToUpperInvariant() : random.Next(6) == 0 && !pattern.Contains('*') && pattern[0] != '.' ? pattern + "." : pattern;

    private string Block()
    {
        var address = hosts.Address();
        var bytes = address.GetAddressBytes();
        var length = bytes.Length == 4 ? Pick(32, 32, 31, 30, 29, 24, 16, 8, 0) : Pick(128, 128, 127, 126, 125, 96, 64, 7, 0);
        if (length == bytes.Length * 8)
        {
            return address.ToString();
        }

        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return $"{new IPAddress(bytes)}/{length}";
    }

    private T Pick<T>(params T[] items) => items[random.Next(items.Length)];
}
