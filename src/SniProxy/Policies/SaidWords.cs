using System.Runtime.CompilerServices;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>
/// What was said of denied things lately: programs ask for the same one over and over, and to look for what nearly matched costs more than the
/// verdict. The words are a policy's and go with it; those of one that depends on circumstances are found anew each time. Everything asked has one
/// place, which whoever comes later takes; threads exchange references to what never changes.
/// </summary>
/// <typeparam name="TAsked">All that the words depend on, beside policy and verdict.</typeparam>
internal sealed class SaidWords<TAsked>
    where TAsked : IEquatable<TAsked>
{
    // A power of two.
    private const int Places = 1024;

    private readonly ConditionalWeakTable<Policy, Said?[]> words = [];

    /// <summary>False where nobody was told lately.</summary>
    public bool TryFind(in Judge judge, in TAsked asked, in Verdict verdict, out string message, out string? nearMiss)
    {
        if (judge.Policy is { IsConditional: false } policy && words.TryGetValue(policy, out var places)
            && Volatile.Read(ref PlaceOf(places, asked)) is { } said && said.IsOf(asked, verdict))
        {
            (message, nearMiss) = (said.Message, said.NearMiss);
            return true;
        }

        (message, nearMiss) = (string.Empty, null);
        return false;
    }

    /// <summary>Remembers what was said, where it would be said again.</summary>
    public void Keep(in Judge judge, in TAsked asked, in Verdict verdict, string message, string? nearMiss)
    {
        if (judge.Policy is { IsConditional: false } policy)
        {
            var places = words.GetValue(policy, static _ => new Said?[Places]);
            Volatile.Write(ref PlaceOf(places, asked), new Said(asked, verdict, message, nearMiss));
        }
    }

    private static ref Said? PlaceOf(Said?[] places, in TAsked asked) => ref places[asked.GetHashCode() & (Places - 1)];

    private sealed class Said(TAsked asked, Verdict verdict, string message, string? nearMiss)
    {
        public string Message => message;

        public string? NearMiss => nearMiss;

        public bool IsOf(in TAsked other, in Verdict otherVerdict) =>
            asked.Equals(other)
            && verdict.Reason == otherVerdict.Reason
            && verdict.Decision == otherVerdict.Decision
            && verdict.WouldDeny == otherVerdict.WouldDeny
            && ReferenceEquals(verdict.Rule, otherVerdict.Rule);
    }
}
