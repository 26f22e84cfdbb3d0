namespace SniProxy.Enforcement;

/// <summary>Section <c>SniProxy:Enforcement</c>.</summary>
internal sealed record EnforcementOptions
{
    /// <summary>The nftables table of the rules, in family inet.</summary>
    public string Table { get; init; } = "sniproxy";

    /// <summary>
    /// Whether readiness waits for the rules to stand in this network namespace. False where somebody else keeps them where the appliance may
    /// not look, such as an init container; then that is theirs to prove.
    /// </summary>
    public bool CheckRules { get; init; } = true;
}
