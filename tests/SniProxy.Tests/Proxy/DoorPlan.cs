using SniProxy.Core.Contract;
using SniProxy.Flows;
using SniProxy.Proxy;
using SniProxy.Proxy.Connections;
using SniProxy.Storage;

namespace SniProxy.Tests.Proxy;

/// <summary>What a test wants of the door, beside its policy.</summary>
internal sealed record DoorPlan
{
    /// <summary>Zone of the name server behind the door.</summary>
    public (string Name, string Address)[] Zone { get; init; } = [("good.example", "127.0.0.1"), ("other.example", "127.0.0.1")];

    /// <summary>What signals and rules' conditions go by.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public ProxyOptions Options { get; init; } = new();

    public FlowLimits Limits { get; init; } = new(10_000, 10_000, 10_000);

    public Mode? Mode { get; init; }

    public int SyntheticNames { get; init; } = 65_536;

    /// <summary>Keeps grants in place of the door's own.</summary>
    public IStore? Store { get; init; }

    /// <summary>Taken out of the guard, which otherwise never lets loopback pass.</summary>
    public string[] Exempt { get; init; } = ["127.0.0.0/8", "::1/128"];

    /// <summary>The connections come as redirected ones, sent to <see cref="SentTo"/> at first; else they are those of an explicit listener.</summary>
    public bool IsTransparent { get; init; }

    /// <summary>Looks at a relay's bytes instead of the proxy's own gate.</summary>
    public IRelayGate? Gate { get; init; }

    /// <summary>Null where somebody connects to the transparent listener itself.</summary>
    public string? SentTo { get; init; }
}
