using System.Net;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>
/// What shadow and observe make of it: bytes go where they were sent and the denial is told, but for what the guard never opens. Strict stands
/// over them, and says so where the verdict would differ without it.
/// </summary>
internal static class PlainMode
{
    private static readonly Reason[] DeniedInAnyCase = [Reason.GuardNever, Reason.GuardSelf, Reason.UnboundName, Reason.Ech];

    public static PlainOutcome Over(PlainOutcome enforced, Mode mode, bool isStrict, WrittenFlow flow)
    {
        if (mode == Mode.Enforce)
        {
            return enforced;
        }

        if (isStrict)
        {
            return enforced.Verdict.IsDenied && !DeniedInAnyCase.Contains(enforced.Verdict.Reason)
                ? enforced with { Verdict = enforced.Verdict with { Reason = Reason.Strict } }
                : enforced;
        }

        return flow.IsDirect ? Direct(enforced, flow) : ByName(enforced, flow);
    }

    private static PlainOutcome Direct(PlainOutcome enforced, WrittenFlow flow)
    {
        if (flow.To is not { } address)
        {
            return enforced;
        }

        if (Forbidden(address, flow.Port) is { } forbidden)
        {
            return PlainOutcome.Refused(forbidden);
        }

        // Nothing is resolved for it, and where enforce would have gone instead is open.
        return new PlainOutcome((enforced.Unresolved ?? enforced.Verdict).Soften(), [address]);
    }

    private static PlainOutcome ByName(PlainOutcome enforced, WrittenFlow flow)
    {
        if (flow.Name is null || enforced.Dialled.Count > 0)
        {
            return enforced;
        }

        var open = flow.Resolved.Where(address => Forbidden(address, flow.Port) is null).ToList();
        return open.Count > 0 ? new PlainOutcome(enforced.Verdict.Soften(), open)
            : flow.Resolved.Length > 0 ? PlainOutcome.Refused(Forbidden(flow.Resolved[0], flow.Port) ?? enforced.Verdict)
            : enforced;
    }

    private static PlainVerdict? Forbidden(IPAddress address, int port) => PlainAddresses.Find(address, port) switch
    {
        GuardFinding.Never => PlainVerdict.Deny(Reason.GuardNever),
        GuardFinding.Self => PlainVerdict.Deny(Reason.GuardSelf),
        _ => null,
    };
}
