using SniProxy.Core.Addresses;

namespace SniProxy.Core.Contract;

/// <summary>
/// One decision and what became of it: a flow (written when it ends), a denied request on a kept-alive flow, or a DNS question; or one
/// change of what decides.
/// Names are canonical, so no event can be forged by a name; payload, paths, queries and credentials are never here.
/// A large value, handed on by reference: who is refused over and over leaves that much less to the collector.
/// </summary>
public readonly record struct FlowEvent()
{
    /// <summary>26 letters and digits, ordered by time; the same id stands in the 403 body and the DNS extended error.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset Time { get; init; }

    public EventKind Kind { get; init; }

    /// <summary>For a denied request on a kept-alive connection: the id of the connection's event.</summary>
    public string? Flow { get; init; }

    public string? Sandbox { get; init; }

    public string? Service { get; init; }

    public string? Phase { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public string? Policy { get; init; }

    public long Revision { get; init; }

    public string? Listener { get; init; }

    public Transport Transport { get; init; }

    public Protocol Protocol { get; init; }

    public Endpoint? Client { get; init; }

    public Endpoint? OriginalDestination { get; init; }

    public string? Name { get; init; }

    public Evidence Evidence { get; init; }

    public bool Bound { get; init; }

    public Endpoint? Dialled { get; init; }

    public bool Rewritten { get; init; }

    public Decision Verdict { get; init; }

    /// <summary>What enforce would have decided where a mode let the flow pass; null where it is what was done.</summary>
    public Decision? WouldBe { get; init; }

    public Reason Reason { get; init; }

    /// <summary>The verdict in words.</summary>
    public string? Message { get; init; }

    public string? NearMiss { get; init; }

    public string? Rule { get; init; }

    public string? Grant { get; init; }

    public string? TlsVersion { get; init; }

    public string? Alpn { get; init; }

    public string? Ja4 { get; init; }

    public bool Ech { get; init; }

    public long BytesUp { get; init; }

    public long BytesDown { get; init; }

    public double? ConnectMs { get; init; }

    public double DurationMs { get; init; }

    public Ending Ending { get; init; }

    /// <summary>DNS only: the canonical name that was asked for.</summary>
    public string? Qname { get; init; }

    /// <summary>DNS only: the type's mnemonic, such as AAAA.</summary>
    public string? Qtype { get; init; }

    /// <summary>DNS only: the response code and the addresses that were answered.</summary>
    public string? Answer { get; init; }

    /// <summary>Changes only: who made it.</summary>
    public string? Actor { get; init; }

    /// <summary>How many decisions this event stands for: more than 1 only where denials had to be folded into one record.</summary>
    public long Count { get; init; } = 1;
}
