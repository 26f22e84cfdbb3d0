namespace SniProxy.Core.Policies;

/// <summary>What a rule says to a candidate.</summary>
internal enum RuleMatch : byte
{
    No = 0,

    /// <summary>The name is unknown and could be one that the rule denies.</summary>
    Concerns,
    Yes,
}
