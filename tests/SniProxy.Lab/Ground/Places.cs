namespace SniProxy.Lab.Ground;

/// <summary>
/// Who lives where. Documentation ranges stand for the internet; the private host and the metadata address are routed like everything
/// else, so that nothing but the appliance keeps a sandbox away from them.
/// </summary>
public static class Places
{
    public static Place Allowed { get; } = new("allowed.example", "203.0.113.10", "2001:db8::10");

    public static Place Other { get; } = new("other.example", "203.0.113.11", "2001:db8::11");

    public static Place Denied { get; } = new("denied.example", "203.0.113.20", "2001:db8::20");

    /// <summary>Answers every TLS hello with the alert access_denied: what the clients say then is what a refusal looks like.</summary>
    public static Place Refuser { get; } = new("refuser.example", "203.0.113.21", "2001:db8::21");

    public static Place Database { get; } = new("db.example", "203.0.113.30", "2001:db8::30");

    /// <summary>Its TLS server accepts only the group P-384, so that most clients are asked for a second hello.</summary>
    public static Place Retry { get; } = new("retry.example", "203.0.113.40", "2001:db8::40");

    public static Place Resolver { get; } = new("ns.example", "203.0.113.53", "2001:db8::53");

    public static Place Evil { get; } = new("evil.example", "203.0.113.66", "2001:db8::66");

    /// <summary>A private host that a public name points to.</summary>
    public static Place Private { get; } = new("priv.example", "10.0.0.1", "fd10::1");

    /// <summary>The cloud's metadata server.</summary>
    public static Place Metadata { get; } = new("metadata.example", "169.254.169.254", "fd00:ec2::254");

    /// <summary>The gateway's own addresses on the sandbox's side.</summary>
    public static Place Gateway { get; } = new("egress.internal", "10.77.0.1", "fd77::1");

    public static Place Sandbox { get; } = new("sbx", "10.77.0.2", "fd77::2");

    public static Place SecondGateway { get; } = new("egress.internal", "10.78.0.1", "fd78::1");

    public static Place SecondSandbox { get; } = new("sbx2", "10.78.0.2", "fd78::2");

    /// <summary>Hosts on the internet's own loopback.</summary>
    public static IReadOnlyList<Place> Internet { get; } = [Allowed, Other, Denied, Refuser, Database, Retry, Resolver, Private];

    /// <summary>Hosts behind the internet, in the namespace that must never receive anything.</summary>
    public static IReadOnlyList<Place> BeyondReach { get; } = [Evil, Metadata];
}
