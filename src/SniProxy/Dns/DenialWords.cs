using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Dns;

/// <summary>
/// What was said of denied names lately: programs ask for the same one over and over, and to look for what nearly matched costs more than the
/// verdict. Words depend on policy, name and verdict; with them a verdict that depends on circumstances is described anew each time. Each name
/// has one place, which whoever comes later takes; threads exchange references to what never changes.
/// </summary>
internal sealed class DenialWords
{
    // A power of two.
    private const int Places = 4096;

    private readonly Said?[] places = new Said?[Places];

    public string Describe(in Judge judge, HostName name, in Verdict verdict, out string? nearMiss)
    {
        if (judge.Policy is not { IsConditional: false } policy)
        {
            return judge.Describe(name, verdict, out nearMiss);
        }

        ref var place = ref places[name.GetHashCode() & (Places - 1)];
        if (Volatile.Read(ref place) is not { } said || !said.IsOf(policy, name, verdict))
        {
            said = new Said(policy, name, verdict, judge.Describe(name, verdict, out nearMiss), nearMiss);
            Volatile.Write(ref place, said);
        }

        nearMiss = said.NearMiss;
        return said.Message;
    }

    private sealed class Said(Policy policy, HostName name, in Verdict verdict, string message, string? nearMiss)
    {
        private readonly Verdict verdict = verdict;

        public string Message => message;

        public string? NearMiss => nearMiss;

        public bool IsOf(Policy otherPolicy, HostName otherName, in Verdict other) =>
            ReferenceEquals(policy, otherPolicy)
            && name.Equals(otherName)
            && verdict.Reason == other.Reason
            && verdict.Decision == other.Decision
            && verdict.WouldDeny == other.WouldDeny
            && ReferenceEquals(verdict.Rule, other.Rule);
    }
}
