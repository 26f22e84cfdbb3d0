using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Policies and flows out of few names, addresses and ports, so that entries meet, nest and contradict each other. The seed tells all.</summary>
internal sealed class RandomPolicies(int seed)
{
    private static readonly string[] Labels = ["a", "b", "ab", "abc", "api-a", "api-b", "x", "longer-label", "s3"];
    private static readonly string[] GlobLabels = ["*", "*", "*", "a*", "*b", "a*c", "api-*", "*-*", "*a*", "longer-*l", "a"];
    private static readonly string[] Ends = ["example", "x.example", "a.x.example", "com"];
    private static readonly string[] Schemes = ["https", "tls", "http", "ssh", "postgres", "mysql", "redis", "redshift", "quic", "tcp"];
    private static readonly string[] Ports = ["80", "443", "22", "8443", "*", "1-1000", "80,443", "8000-8999,443", "5432", "1001-65535"];
    private static readonly ushort[] PortsAskedFor = [80, 443, 443, 443, 22, 8443, 5432, 6379, 3306, 8080, 1000, 65535];
    private static readonly Decision[] Decisions = [Decision.Allow, Decision.Allow, Decision.Deny, Decision.Audit];
    private static readonly string[] PrivateBlocks = ["10.0.0.0/8", "10.0.0.0/30", "10.0.0.1/32", "192.168.0.0/16", "fc00::/7", "fd00::/126", "100.64.0.0/10"];
    private static readonly Reason[] Unreadable =
        [Reason.NoServerName, Reason.MalformedClientHello, Reason.ClientHelloTimeout, Reason.ClientHelloTooLarge, Reason.MalformedRequest, Reason.NameMismatch];

    private static readonly string[] LabelNames = ["phase", "team"];
    private static readonly string[] LabelValues = ["a", "b"];
    private static readonly string[] SignalNames = ["read", "written"];
    private static readonly TimeSpan[] Windows = [TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)];
    private static readonly TimeSpan[] Ages = [TimeSpan.Zero, TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1), .. Windows, TimeSpan.FromHours(1)];

    private readonly Random random = new(seed);

    public static TimeSpan Moment { get; } = TimeSpan.FromHours(2);

    public static Guard Guard { get; } = new()
    {
        Exempt = [Cidr.Of(Given.Address("10.0.0.2"))],
        OwnAddresses = [Given.Address("203.0.113.3")],
        OwnListeners = [new Endpoint(Given.Address("203.0.113.2"), 443)],
        SandboxNetworks = [Cidr.Of(Given.Address("203.0.113.4"), 31)],
    };

    /// <summary>The same where names are answered with addresses of a pool.</summary>
    public static Guard SyntheticGuard { get; } = Guard.Over([Cidr.Of(Given.Address("192.168.0.0"), 16), Cidr.Of(Given.Address("fd00::"), 64)]);

    public PolicyDocument Document() => new()
    {
        Name = "random",
        Mode = Pick(Enum.GetValues<Mode>()),
        Rollout = random.Next(101),
        OnRevoke = Pick(Enum.GetValues<RevokeHandling>()),
        DnsMode = Pick<PolicyDnsMode?>([null, PolicyDnsMode.Forward]),
        Default = Pick<Decision>([Decision.Deny, Decision.Deny, Decision.Allow, Decision.Audit]),
        Ech = Pick(Enum.GetValues<EchHandling>()),
        Quic = Pick(Enum.GetValues<QuicHandling>()),
        Bundles = [.. Enumerable.Range(0, Math.Max(0, random.Next(-3, 3))).Select(i => Bundle($"bundle{i}"))],
        Rules = [.. Enumerable.Range(0, random.Next(Pick([2, 6, 25]))).Select(_ => Rule())],
    };

    /// <summary>Those that stand for a sandbox: none of most, and otherwise few, of which one opens private addresses and another does not.</summary>
    public Policy Granted(Policy policy) => random.Next(3) > 0 ? policy : policy.With(new GrantTable(
        [.. Enumerable.Range(0, 1 + random.Next(4)).Select(i => new GrantRule($"g{i}", Entries(1 + random.Next(3), isAllow: true), random.Next(2) == 0, null))]));

    /// <summary>A sandbox with any of the labels and signals that rules ask for, the latter of ages on both sides of the windows.</summary>
    public Sandbox Sandbox() => new()
    {
        Id = "random",
        Lifecycle = 1,
        Labels = LabelNames.Where(_ => random.Next(3) > 0).ToDictionary(name => name, _ => Pick(LabelValues)),
        Signals = [.. SignalNames.Where(_ => random.Next(3) > 0).Select(name => new Signal(name, Moment - Pick(Ages), Given.Now))],
    };

    /// <summary>At or after the policy was compiled: rules that were in it may have expired.</summary>
    public DateTimeOffset Now() => Given.Now.AddSeconds(random.Next(3));

    public Judge Judge(Policy policy, in Circumstances circumstances, out Mode mode, out bool isStrict, out Guard guard)
    {
        mode = random.Next(3) > 0 ? Mode.Enforce : Pick(Enum.GetValues<Mode>());
        isStrict = random.Next(4) == 0;
        guard = random.Next(3) == 0 ? SyntheticGuard : Guard;
        return new Judge(policy, mode, isStrict, guard, circumstances);
    }

    public FlowFacts Flow()
    {
        var isUdp = random.Next(8) == 0;
        var protocol = isUdp && random.Next(8) > 0 ? Protocol.Quic : Pick(Enum.GetValues<Protocol>());
        var name = random.Next(4) > 0 ? Name() : null;
        return new FlowFacts
        {
            Transport = isUdp ? Transport.Udp : Transport.Tcp,
            Protocol = protocol,
            Port = Pick(PortsAskedFor),
            OriginalDestination = random.Next(5) == 0 ? default : Address(),
            IsLiteral = random.Next(10) == 0,
            Name = name,
            Evidence = name is null ? Evidence.None : Pick(Enum.GetValues<Evidence>()),
            IsBound = random.Next(2) == 0,
            BoundNames = Enumerable.Range(0, random.Next(3)).Select(_ => Name()).ToArray(),
            Unreadable = random.Next(6) == 0 ? Pick(Unreadable) : Reason.None,
            HasEch = random.Next(10) == 0,
        };
    }

    public HostName Name() => Given.Name(random.Next(20) == 0 ? Pick(Labels) : Host());

    public Address[] Resolved() => [.. Enumerable.Range(0, random.Next(4)).Select(_ => Address())];

    // The last bits differ, and so do the prefixes at which blocks below end.
    public Address Address()
    {
        var low = (uint)random.Next(6);
        return random.Next(8) switch
        {
            0 => Core.Addresses.Address.FromIPv4(0x0a000000 | low),
            1 => Core.Addresses.Address.FromIPv4(0xc0a80000 | low),
            2 or 3 => Core.Addresses.Address.FromIPv4(0xcb007100 | low),
            4 => Core.Addresses.Address.FromIPv4(0x7f000000 | low),
            5 => new Address(((UInt128)0x20010db8 << 96) | low),
            6 => new Address(((UInt128)0xfd00 << 112) | low),
            _ => new Address(((UInt128)0x0064ff9b << 96) | (random.Next(2) == 0 ? 0x0a000000 : 0xcb007100) | low),
        };
    }

    private RuleDocument Rule()
    {
        var decision = Pick(Decisions);
        var protocol = random.Next(8) == 0 ? Pick(Enum.GetValues<EntryScheme>()) : EntryScheme.Plain;
        return new RuleDocument
        {
            Decision = decision,
            Scope = Entries(1 + random.Next(Pick([1, 4, 20])), decision == Decision.Allow),
            Except = Entries(random.Next(3) > 0 ? 0 : random.Next(Pick([3, 25])), isAllow: false),
            Protocol = protocol,
            Priority = random.Next(4) == 0 ? random.Next(3) * 100 : RuleDocument.DefaultPriority,
            Expires = random.Next(10) == 0 ? Given.Now.AddSeconds(random.Next(-1, 3)) : null,
            When = random.Next(6) == 0 ? When() : null,
            Limits = decision != Decision.Deny && random.Next(6) == 0 ? new RuleLimits { Connections = 1 + random.Next(9) } : null,
            Label = random.Next(6) == 0 ? Pick(Labels) : null,
            ResolvesTo = decision == Decision.Allow && random.Next(3) == 0 ? [.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => Block(Pick(PrivateBlocks)))] : [],
        };
    }

    private PolicyDocument Bundle(string name) => new()
    {
        Name = name,
        Rules = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => new RuleDocument { Decision = Decision.Allow, Scope = Entries(1 + random.Next(4), isAllow: true) })],
    };

    private RuleWhen When()
    {
        var signal = random.Next(2) == 0 ? Pick(SignalNames) : null;
        return new RuleWhen
        {
            Labels = LabelNames.Where(_ => signal is null || random.Next(2) == 0).ToDictionary(name => name, _ => Pick(LabelValues)),
            Signal = signal,
            Within = signal is null ? TimeSpan.Zero : Pick(Windows),
        };
    }

    private PolicyEntry[] Entries(int count, bool isAllow) => [.. Enumerable.Range(0, count).Select(_ => Entry(isAllow))];

    private PolicyEntry Entry(bool isAllow)
    {
        var scheme = random.Next(4) == 0 ? Pick(Schemes) : null;
        var ports = scheme == "tcp" || random.Next(3) == 0 ? Pick(Ports) : null;
        var host = random.Next(16) == 0 ? "any" : random.Next(4) == 0 ? BlockText() : Pattern();
        var text = (scheme is null ? "" : $"{scheme}://") + (ports is null ? host : host.Contains(':') ? $"[{host}]:{ports}" : $"{host}:{ports}");
        text = text.Contains("]:", StringComparison.Ordinal) && host.Contains('/') ? text.Replace($"[{host}]", $"[{host[..host.IndexOf('/')]}]{host[host.IndexOf('/')..]}", StringComparison.Ordinal) : text;
        Assert.True(EntryReader.TryRead(text, isAllow, out var entry, out var fault), $"{text}: {fault.Message}");
        return entry;
    }

    private string Pattern() => random.Next(8) switch
    {
        0 => $"*.{Host()}",
        1 => $"**.{Host()}",
        2 => $".{Host()}",
        3 => Pick(["*.com", "**.com", ".com", "*.example", "**.example", ".example"]),
        4 or 5 => string.Join('.', Enumerable.Range(0, 1 + random.Next(4)).Select(_ => Pick(GlobLabels)).Append(Pick([.. Ends, "*"])).Append("example")),
        _ => Host(),
    };

    private string Host() => string.Join('.', Enumerable.Range(0, random.Next(4)).Select(_ => Pick(Labels)).Append(Pick(Ends)));

    private string BlockText()
    {
        var address = Address();
        int[] lengths = address.IsIPv4 ? [32, 32, 31, 30, 29, 24, 16, 8, 0] : [128, 128, 127, 126, 125, 96, 64, 7, 0];
        return Cidr.Of(address, Pick(lengths)).ToString();
    }

    private static Cidr Block(string text)
    {
        Assert.Equal(CidrSyntax.Valid, Cidr.TryParse(text, out var block));
        return block;
    }

    private T Pick<T>(T[] items) => items[random.Next(items.Length)];
}
