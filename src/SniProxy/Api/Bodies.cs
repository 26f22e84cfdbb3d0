namespace SniProxy.Api;

// The bodies of requests and answers: their property names, in camel case, are the contract. One file, because each is a line or two.

/// <summary>A page of a list; <paramref name="Next"/> is the cursor of the page behind it, or null.</summary>
internal sealed record ListOf<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>
/// GET and PUT <c>/strict</c> answer this: whether it is on for everything or a share of it, for which policies and for which sandboxes by
/// themselves. <paramref name="Revision"/> is the change's, or the latest one's.
/// </summary>
internal sealed record StrictAnswer(bool On, int Percent, IReadOnlyList<string> Policies, IReadOnlyList<string> Sandboxes, long Revision);

/// <summary>POST <c>/grants</c>: one of sandbox and labels.</summary>
internal sealed record GrantRequest
{
    public string? Sandbox { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public required IReadOnlyList<string> Entries { get; init; }

    public required string Ttl { get; init; }

    public int? MaxUses { get; init; }

    public string? Reason { get; init; }
}

/// <summary>A grant in force. Only one that an admin made opens private addresses.</summary>
internal sealed record GrantAnswer(
    string Id,
    string? Sandbox,
    IReadOnlyDictionary<string, string>? Labels,
    IReadOnlyList<string> Entries,
    string Ttl,
    int? MaxUses,
    int? Uses,
    string? Reason,
    string Actor,
    bool Admin,
    DateTimeOffset Created,
    DateTimeOffset Expires);

/// <summary>PUT <c>/strict</c>.</summary>
internal sealed record StrictRequest
{
    public required bool On { get; init; }

    public string? Policy { get; init; }

    public int? Percent { get; init; }
}

/// <summary>One sandbox: what is written on it, and what stands for it in effect.</summary>
internal sealed record SandboxAnswer(
    string Id,
    IReadOnlyList<string> Addresses,
    string? Interface,
    string? Policy,
    string? Mode,
    bool Strict,
    bool Paused,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, DateTimeOffset> Signals,
    EffectiveAnswer Effective);

/// <summary>What judges the sandbox's next flow; no policy means that everything is denied.</summary>
internal sealed record EffectiveAnswer(string? Policy, string Mode, bool Strict);

/// <summary>PUT <c>/sandboxes/{id}</c>.</summary>
internal sealed record SandboxRequest
{
    public required IReadOnlyList<string> Addresses { get; init; }

    public string? Interface { get; init; }

    public string? Policy { get; init; }

    public string? Mode { get; init; }

    public bool Strict { get; init; }

    public bool Paused { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

/// <summary>PUT <c>/sandboxes/{id}/mode</c>: what is absent stays as it is.</summary>
internal sealed record ModeRequest(string? Policy = null, string? Mode = null, bool? Strict = null, bool? Paused = null);

/// <summary>POST <c>/sandboxes/{id}/signals</c>.</summary>
internal sealed record SignalRequest(string Name);

/// <summary>GET <c>/status</c>.</summary>
internal sealed record StatusAnswer(
    string Version,
    string Revision,
    DateTimeOffset Started,
    double UptimeSeconds,
    bool Ready,
    IReadOnlyDictionary<string, string> Problems,
    PoliciesAnswer Policies,
    StrictAnswer Strict,
    int Sandboxes,
    EventsAnswer Events);

/// <summary>The policies in force, and what is wrong with newer versions of them.</summary>
internal sealed record PoliciesAnswer(long Revision, IReadOnlyList<string> Names, IReadOnlyDictionary<string, string> Errors);

/// <summary>How the event log does.</summary>
internal sealed record EventsAnswer(int Waiting, bool Overloaded);

/// <summary>GET <c>/readyz</c>.</summary>
internal sealed record ReadyAnswer(bool Ready, IReadOnlyDictionary<string, string> Problems);

/// <summary>POST <c>/test</c>: one of sandbox and policy.</summary>
internal sealed record TestRequest
{
    public string? Sandbox { get; init; }

    public string? Policy { get; init; }

    public IReadOnlyList<string>? Destinations { get; init; }

    public IReadOnlyList<TestFlowRequest>? Flows { get; init; }
}

/// <summary>One flow of POST <c>/test</c>, with the facts that a connection would be judged by.</summary>
internal sealed record TestFlowRequest
{
    /// <summary>What the client names (TLS, HTTP); of a protocol that names nothing, what the address was given for.</summary>
    public string? Name { get; init; }

    /// <summary>Where its packets go; without it the name is judged, wherever it leads.</summary>
    public string? Address { get; init; }

    public required int Port { get; init; }

    /// <summary>As in events.</summary>
    public required string Protocol { get; init; }

    /// <summary>The address was given for the name; absent: whether it was.</summary>
    public bool? Bound { get; init; }

    /// <summary>The names that the address was given for; absent: those that are known.</summary>
    public IReadOnlyList<string?>? BoundNames { get; init; }

    /// <summary>Where the name leads; absent: it is resolved where that matters.</summary>
    public IReadOnlyList<string?>? Resolved { get; init; }

    /// <summary>The reason why the name cannot be read.</summary>
    public string? Unreadable { get; init; }

    public bool Ech { get; init; }
}

/// <summary>What would become of one destination.</summary>
internal sealed record TestAnswer(
    string Destination,
    string Verdict,
    string Reason,
    string? Message,
    string? Rule,
    string? Policy,
    string? WouldBe,
    string? NearMiss,
    IReadOnlyList<WalkAnswer> Walk,
    string? Grant);

/// <summary>One rule that was looked at.</summary>
internal sealed record WalkAnswer(string Rule, string? Label, bool Matched, string? Why);
