using System.Net;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>Names and addresses that rules and connections share.</summary>
internal sealed class DrawnHosts(Random random)
{
    private static readonly string[] Labels = ["a", "b", "api-a"];
    private static readonly string[] Ends = ["x.example", "x.example", "x.example", "com"];

    // The last bits differ, and so do the prefixes at which blocks end: private, ordinary and the appliance's own, never, the pool, and IPv4 inside IPv6.
    private static readonly string[] Networks =
        ["10.0.0.", "192.168.0.", "203.0.113.", "198.51.100.", "198.51.100.", "198.51.100.", "198.51.100.", "198.51.100.", "127.0.0.", "2001:db8::", "2001:db8::", "2001:db8::", "2001:db8::", "2001:db8::", "fd00::", "198.18.0.", "fd98:18::", "64:ff9b::a00:", "64:ff9b::c633:640", "2002:a00:", "2002:c633:6400::"];

    public string Name() => string.Join('.', Enumerable.Range(0, random.Next(3)).Select(_ => Labels[random.Next(Labels.Length)]).Append(Ends[random.Next(Ends.Length)]));

    public IPAddress Address()
    {
        var network = Networks[random.Next(Networks.Length)];
        var low = random.Next(6);
        return IPAddress.Parse(network.Length > 5 && network.StartsWith("2002:a", StringComparison.Ordinal) ? $"{network}{low}::1" : $"{network}{low}");
    }

    public IPAddress[] Addresses(int most) => [.. Enumerable.Range(0, random.Next(most)).Select(_ => Address())];
}
