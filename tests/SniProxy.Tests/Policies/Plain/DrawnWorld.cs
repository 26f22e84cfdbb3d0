using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>Worlds with all that the language has, and who lives in them; the seed tells all.</summary>
internal sealed class DrawnWorld(int seed)
{
    public static readonly string[] Labels = ["phase", "team"];
    public static readonly string[] Signals = ["read", "written"];

    private static readonly TimeSpan[] Ages = [TimeSpan.Zero, TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), TimeSpan.FromHours(1)];

    private readonly Random random = new(seed);
    private readonly TwoClocks clock = new();

    public TimeSpan Later => TimeSpan.FromSeconds(random.Next(3));

    public World World() => new()
    {
        Clock = clock,
        Policies = [Policy("one"), Policy("two"), Policy("off") with { IsEnabled = false }],
        Grants = [.. Enumerable.Range(0, Math.Max(0, random.Next(-2, 7))).Select(Grant)],
        DefaultPolicy = Pick("one", "one", "two", "two", "off", "missing"),
        UnknownPolicy = Pick(PolicyOptions.DenyAll, "one", "off", "missing"),
        DnsMode = Pick(PolicyDnsMode.Forward, PolicyDnsMode.Forward, PolicyDnsMode.Synthetic),
        Strict = random.Next(6) switch
        {
            0 => StrictSwitch.Off.With(true, null, Pick(10, 50, 100)),
            1 => StrictSwitch.Off.With(true, "one", null),
            _ => StrictSwitch.Off,
        },
    };

    public WrittenSandbox Sandbox() => new()
    {
        Id = $"box{random.Next(3)}",
        Lifecycle = 1 + random.Next(2),
        IsKnown = random.Next(16) > 0,
        Policy = Pick(null, null, "one", "one", "two", "two", "off", random.Next(3) == 0 ? "missing" : PolicyOptions.DenyAll),
        BoundPolicy = Pick(null, "one", "one", "two", "two", "off", random.Next(2) == 0 ? "missing" : null),
        Mode = random.Next(4) == 0 ? Pick(Enum.GetValues<Mode>()) : null,
        IsStrict = random.Next(8) == 0,
        IsPaused = random.Next(30) == 0,
        Labels = Labels.Where(_ => random.Next(3) > 0).ToDictionary(name => name, _ => Pick("a", "b")),
        SignalAges = Signals.Where(_ => random.Next(3) > 0).ToDictionary(name => name, _ => Pick(Ages)),
    };

    public WrittenFlow Flow() => new DrawnFlows(random).Flow();

    private WrittenPolicy Policy(string name)
    {
        var rules = new DrawnRules(random, clock.GetUtcNow());
        return new WrittenPolicy
        {
            Name = name,
            Mode = random.Next(3) > 0 ? Mode.Enforce : Pick(Enum.GetValues<Mode>()),
            Default = Pick(Decision.Deny, Decision.Deny, Decision.Allow, Decision.Audit),
            Rollout = Pick(100, 100, 100, 0, 50),
            Ech = Pick("strip", "deny", "allow"),
            Quic = Pick("block", "sni"),
            OnRevoke = Pick("reset", "keep"),
            DnsMode = Pick(null, null, "forward", "synthetic"),
            Bundles = [.. Enumerable.Range(0, Math.Max(0, random.Next(-3, 3))).Select(i => ($"bundle{i}", Enumerable.Range(0, 1 + random.Next(3)).Select(_ => rules.BundleRule()).ToArray()))],
            Rules = [.. Enumerable.Range(0, random.Next(Pick(2, 6, 16))).Select(_ => rules.Rule())],
        };
    }

    private WrittenGrant Grant(int number)
    {
        var byLabels = random.Next(3) == 0;
        return new WrittenGrant
        {
            Id = $"g{9 - number}",
            Sandbox = byLabels ? null : $"box{random.Next(3)}",
            Lifecycle = byLabels ? null : random.Next(3) > 0 ? 1 : 1 + random.Next(2),
            Labels = byLabels ? Labels.Take(1 + random.Next(2)).ToDictionary(name => name, _ => Pick("a", "b")) : [],
            Entries = new DrawnRules(random, clock.GetUtcNow()).Entries(1 + random.Next(6), "allow", null),
            Left = TimeSpan.FromTicks(random.Next(10) - 1),
            MaxUses = random.Next(2) == 0 ? 2 : null,
            Uses = random.Next(4),
            IsByAdmin = random.Next(2) == 0,
        };
    }

    private T Pick<T>(params T[] items) => items[random.Next(items.Length)];
}
