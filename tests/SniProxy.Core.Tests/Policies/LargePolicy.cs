using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Policies of as many entries as wanted, and names that are asked of them.</summary>
internal static class LargePolicy
{
    public const string RulesOfOneHost = "rules of one host";
    public const string OneRuleOfAllHosts = "one rule of all hosts";
    public const string AllKinds = "rules of one entry, all kinds";

    public static Address Destination { get; } = Address.FromIPv4(0xcb007107);

    public static PolicyDocument Document(string shape, int count)
    {
        var entries = Enumerable.Range(0, count).Select(i => Entry(shape == AllKinds ? OfAnyKind(i) : Host(i))).ToArray();
        return new PolicyDocument
        {
            Name = "large",
            Rules = shape == OneRuleOfAllHosts
                ? [new RuleDocument { Decision = Decision.Allow, Scope = entries }]
                : [.. entries.Select((entry, i) => new RuleDocument { Decision = i % 7 == 0 ? Decision.Deny : Decision.Allow, Scope = [entry] })],
        };
    }

    /// <summary>Names in no order; no policy has one in five of them.</summary>
    public static HostName[] Names(int count)
    {
        var random = new Random(20270103);
        return [.. Enumerable.Range(0, 4096).Select(_ => random.Next(count)).Select(i => Given.Name(i % 5 == 4 ? $"not-{Host(i)}" : Host(i)))];
    }

    public static FlowFacts Flow(HostName name) => new()
    {
        Protocol = Protocol.Tls, Port = 443, OriginalDestination = Destination, Name = name, Evidence = Evidence.Sni, IsBound = true,
    };

    private static string Host(int i) => $"host-{i}.team-{i % 100}.example";

    private static string OfAnyKind(int i) => (i % 20) switch
    {
        0 => $"*.host-{i}.example",
        1 => $"**.host-{i}.example",
        2 => $".{Host(i)}",
        3 => $"api-*.host-{i}.example",
        4 => $"s3.*.host-{i}.example",
        5 => $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}",
        6 => $"198.{(i >> 12) & 255}.{(i >> 4) & 255}.{(i & 15) << 4}/28",
        7 => $"2001:{i >> 16:x}:{i & 65535:x}::/48",
        8 => $"{Host(i)}:{8000 + (i % 100)}",
        9 => $"https://{Host(i)}",
        _ => Host(i),
    };

    private static PolicyEntry Entry(string text)
    {
        Assert.True(EntryReader.TryRead(text, isAllow: true, out var entry, out var fault), $"{text}: {fault.Message}");
        return entry;
    }
}
