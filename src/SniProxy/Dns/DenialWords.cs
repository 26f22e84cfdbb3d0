using System.Runtime.CompilerServices;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Dns;

/// <summary>
/// What was said of denied names lately: programs ask for the same one over and over, and to look for what nearly matched costs more than the
/// verdict. The words are a policy's and go with it; those of one that depends on circumstances are found anew each time. A name has one place,
/// which whoever comes later takes; threads exchange references to what never changes.
/// </summary>
internal sealed class DenialWords
{
    // A power of two.
    private const int Places = 1024;

    private readonly ConditionalWeakTable<Policy, Said?[]> words = [];

    public string Describe(in Judge judge, HostName name, in Verdict verdict, out string? nearMiss)
    {
        if (judge.Policy is not { IsConditional: false } policy)
        {
            return judge.Describe(name, verdict, out nearMiss);
        }

        if (!words.TryGetValue(policy, out var places))
        {
            places = words.GetValue(policy, static _ => new Said?[Places]);
        }

        ref var place = ref places[name.GetHashCode() & (Places - 1)];
        if (Volatile.Read(ref place) is not { } said || !said.IsOf(name, verdict))
        {
            said = new Said(name, verdict, judge.Describe(name, verdict, out nearMiss), nearMiss);
            Volatile.Write(ref place, said);
        }

        nearMiss = said.NearMiss;
        return said.Message;
    }

    private sealed class Said(HostName name, Verdict verdict, string message, string? nearMiss)
    {
        public string Message => message;

        public string? NearMiss => nearMiss;

        public bool IsOf(HostName otherName, in Verdict other) =>
            name.Equals(otherName)
            && verdict.Reason == other.Reason
            && verdict.Decision == other.Decision
            && verdict.WouldDeny == other.WouldDeny
            && ReferenceEquals(verdict.Rule, other.Rule);
    }
}
