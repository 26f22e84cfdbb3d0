using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>One kind of load, the same for every contender.</summary>
internal abstract class Scenario
{
    public abstract string Name { get; }

    /// <summary>Whether the quick form runs it.</summary>
    public virtual bool IsQuick => true;

    /// <summary>Whether it is also run without a proxy, to see what the tools and the wires cost by themselves.</summary>
    public virtual bool HasDirect => true;

    public virtual int MostRounds => int.MaxValue;

    public virtual bool TakesPart(Contender contender) => contender is not Resolver;

    /// <summary>One turn; null stands for no proxy at all.</summary>
    public abstract IEnumerable<Sample> Measure(Contender? contender, Bench bench);
}
