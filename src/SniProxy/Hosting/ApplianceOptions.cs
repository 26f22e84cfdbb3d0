using SniProxy.Api;
using SniProxy.Core.Addresses;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Policies;
using SniProxy.Proxy;
using SniProxy.Sandboxes;

namespace SniProxy.Hosting;

/// <summary>The whole configuration, read and checked.</summary>
internal sealed record ApplianceOptions
{
    /// <summary>Where state lies; absolute.</summary>
    public required string DataFolder { get; init; }

    public required ProxyOptions Proxy { get; init; }

    public required DnsOptions Dns { get; init; }

    public required ApiOptions Api { get; init; }

    public required PolicyOptions Policies { get; init; }

    public required IReadOnlyList<Binding> Bindings { get; init; }

    public required IReadOnlyList<SandboxRegistration> Sandboxes { get; init; }

    /// <summary>Blocks the guard's never does not cover.</summary>
    public required IReadOnlyList<Cidr> GuardExempt { get; init; }

    public required EventOptions Events { get; init; }

    /// <summary>Only warnings and errors are logged: the console is somebody else's.</summary>
    public bool IsQuiet { get; init; }

    public EnforcementOptions Enforcement { get; init; } = new();
}
