using SniProxy.Core.Contract;
using SniProxy.Core.Dns;

namespace SniProxy.Dns;

/// <summary>What was decided by one policy about questions, counted; each number is added to by itself.</summary>
internal sealed class QuestionCounts
{
    private const string OtherTypes = "other";

    private static readonly int Verdicts = Enum.GetValues<Decision>().Length;
    private static readonly int Reasons = Enum.GetValues<Reason>().Length;

    // Types that have a name stand behind the one for all others.
    private static readonly DnsType[] Types = [.. Enum.GetValues<DnsType>().Where(type => type.Label() != OtherTypes)];
    private static readonly byte[] PlaceOfType = [.. Enumerable.Range(0, (int)Types.Max() + 1).Select(type => (byte)(Array.IndexOf(Types, (DnsType)type) + 1))];

    // By place of the type; most of them are never asked for.
    private readonly long[]?[] counts = new long[]?[Types.Length + 1];

    public void Add(DnsType type, Decision verdict, Reason reason)
    {
        var place = (int)type < PlaceOfType.Length ? PlaceOfType[(int)type] : 0;
        var ofType = Volatile.Read(ref counts[place])
            ?? Interlocked.CompareExchange(ref counts[place], new long[Verdicts * Reasons], null)
            ?? counts[place];
        if (ofType is not null)
        {
            Interlocked.Increment(ref ofType[((int)reason * Verdicts) + (int)verdict]);
        }
    }

    /// <summary>What is not zero.</summary>
    public IEnumerable<(string Type, Decision Verdict, Reason Reason, long Count)> All() =>
        from place in Enumerable.Range(0, counts.Length)
        let ofType = Volatile.Read(ref counts[place])
        where ofType is not null
        from index in Enumerable.Range(0, ofType.Length)
        let count = Interlocked.Read(ref ofType[index])
        where count > 0
        select (place == 0 ? OtherTypes : Types[place - 1].Label(), (Decision)(index % Verdicts), (Reason)(index / Verdicts), count);
}
