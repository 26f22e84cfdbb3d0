using SniProxy.Lab.Product;

namespace SniProxy.Lab.Judgement.Drawn;

/// <summary>What <c>/test</c> answers about a drawn flow.</summary>
/// <param name="ByFacts">Asked with the facts that a connection shows.</param>
/// <param name="ByName">Asked as a person would, where that is possible.</param>
public sealed record DrawnAnswer(LoggedEvent ByFacts, LoggedEvent? ByName)
{
    private static readonly string[] Compared = ["verdict", "reason", "rule", "grant", "wouldBe", "policy", "message", "nearMiss"];
    private static readonly string[] OfAName = Compared[..6];

    // Limits count what is open and was sent at this moment, and refuse what the rules let pass. The question is about the rules: the answer to it is
    // the rule that the flow is charged to.
    private static readonly string[] OfALimit = ["rule", "grant", "policy"];
    private static readonly string[] Limits = ["connection_limit", "rate_limited", "budget_exceeded"];

    // A CONNECT that no bytes could save is refused before there are any: what they would have been refused for is not told.
    private static readonly string[] OfHopeless = ["verdict", "grant", "policy"];

    public static bool IsOverLimit(LoggedEvent told) => Limits.Contains(told["reason"]);

    /// <summary>Only what a rule lets pass is counted.</summary>
    public bool MayBeOverLimit => ByFacts.Is("verdict", "allow");

    public bool Agrees(LoggedEvent told)
    {
        if (IsOverLimit(told))
        {
            return MayBeOverLimit && OfALimit.All(field => told[field] == ByFacts[field]);
        }

        var fields = told.Is("evidence", "connect") ? OfHopeless : Compared;
        var byName = ByName is { } named && told.Is("bound", "true") ? named : ByFacts;
        return fields.All(field => told[field] == ByFacts[field]) && fields.Intersect(OfAName).All(field => told[field] == byName[field]);
    }

    public bool Equals(DrawnAnswer? other) => other is not null && Fields(this).SequenceEqual(Fields(other));

    public override int GetHashCode() => Fields(this).Aggregate(0, HashCode.Combine);

    public override string ToString() => ByName is null ? $"{ByFacts}" : $"{ByFacts}\n  of the name: {ByName}";

    private static IEnumerable<string?> Fields(DrawnAnswer answer) =>
        Compared.Select(field => answer.ByFacts[field]).Concat(OfAName.Select(field => answer.ByName?[field]));
}
