using System.Net;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>What becomes of a flow: the verdict on it, and what is dialled; nothing where it is refused.</summary>
internal sealed record PlainOutcome(PlainVerdict Verdict, IReadOnlyList<IPAddress> Dialled)
{
    /// <summary>What there was to say before its name was resolved; null where nothing had to be resolved.</summary>
    public PlainVerdict? Unresolved { get; init; }

    public static PlainOutcome Refused(PlainVerdict verdict) => new(verdict, []);

    public override string ToString() => $"{Verdict} {(Unresolved is null ? "" : "resolved, ")}dialled: {string.Join(' ', Dialled)}";
}
