using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>A verdict in the words that events tell it in.</summary>
/// <param name="Decision">allow, deny or audit.</param>
/// <param name="Reason">Why.</param>
/// <param name="By">The rule, or the grant behind the word.</param>
/// <param name="WouldDeny">A mode lets pass what enforce denies.</param>
internal readonly record struct PlainVerdict(Decision Decision, Reason Reason, string? By = null, bool WouldDeny = false)
{
    public bool IsDenied => Decision == Decision.Deny;

    public static PlainVerdict Deny(Reason reason, string? by = null) => new(Decision.Deny, reason, by);

    public static PlainVerdict Of(Verdict verdict) =>
        new(verdict.Decision, verdict.Reason, verdict.GrantId is { } grant ? $"grant {grant}" : verdict.RuleName, verdict.WouldDeny);

    /// <summary>Shadow and observe tell a denial and let pass.</summary>
    public PlainVerdict Soften() => IsDenied ? new(Decision.Audit, Reason, By, WouldDeny: true) : this;
}
