using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Resolutions.Synthetic;

namespace SniProxy.Dns;

/// <summary>
/// Answers with addresses of the pool (<c>dns.mode: synthetic</c>): nobody upstream hears of the name before the sandbox connects, and of what
/// cannot be such an address there is nothing to tell.
/// </summary>
internal sealed class SyntheticAnswers(SyntheticMap map)
{
    private const string NotStored = "the store cannot keep which address the name would have";
    private const string Full = "the sandbox has as many names as Dns:SyntheticNamesPerSandbox lets it have, or as Dns:SyntheticPool has addresses";

    /// <param name="sandbox">Who asks.</param>
    /// <param name="name">What for.</param>
    /// <param name="type">And of which type.</param>
    /// <param name="verdict">The one on the name, which lets it be asked for.</param>
    /// <param name="isSoft">The mode only watches: what is not answered is told and no denial.</param>
    public ValueTask<DnsOutcome> AnswerAsync(Sandbox sandbox, HostName name, DnsType type, in Verdict verdict, bool isSoft)
    {
        if (type is not (DnsType.A or DnsType.Aaaa))
        {
            var told = isSoft ? verdict with { Reason = Reason.QueryType, WouldDeny = true } : Verdict.Deny(Reason.QueryType);
            return new ValueTask<DnsOutcome>(DnsOutcome.Empty(told, ExtendedError.Blocked));
        }

        var isIPv4 = type == DnsType.A;
        if (!Has(sandbox, isIPv4) || map.Pool.AddressOf(0, isIPv4) is null)
        {
            return new ValueTask<DnsOutcome>(DnsOutcome.Empty(verdict));
        }

        var assigning = map.AssignAsync(sandbox, name);
        return assigning.IsCompletedSuccessfully
            ? new ValueTask<DnsOutcome>(Tell(assigning.Result, name, isIPv4, verdict))
            : AwaitAsync(assigning, name, isIPv4, verdict);
    }

    // From an address of a family that the sandbox has none of it would come as somebody else, or not at all. Behind an interface are both.
    private static bool Has(Sandbox sandbox, bool isIPv4)
    {
        for (var i = 0; i < sandbox.Addresses.Count; i++)
        {
            if (sandbox.Addresses[i].IsIPv4 == isIPv4)
            {
                return true;
            }
        }

        return sandbox.Addresses.Count == 0;
    }

    private async ValueTask<DnsOutcome> AwaitAsync(ValueTask<Assignment> assigning, HostName name, bool isIPv4, Verdict verdict) =>
        Tell(await assigning, name, isIPv4, verdict);

    private DnsOutcome Tell(Assignment assignment, HostName name, bool isIPv4, in Verdict verdict) => assignment.Status switch
    {
        AssignmentStatus.Assigned when map.Pool.AddressOf(assignment.Slot, isIPv4) is { } address =>
            DnsOutcome.Answered(verdict, [DnsRecord.ForAddress(DnsName.From(name), address, DnsReply.MaxTtl)]),
        AssignmentStatus.NotStored => DnsOutcome.Failed(Verdict.Deny(Reason.Overloaded), ExtendedError.Other) with { Words = NotStored },
        _ => DnsOutcome.Failed(Verdict.Deny(Reason.RateLimited), ExtendedError.Other) with { Words = Full },
    };
}
