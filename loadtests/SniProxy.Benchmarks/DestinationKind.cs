namespace SniProxy.Benchmarks;

/// <summary>What a policy has for the destinations that are asked about.</summary>
public enum DestinationKind
{
    /// <summary>An entry with exactly that name.</summary>
    Name = 0,

    /// <summary>An entry with a wildcard: one label, any depth, with and without the name itself, in the middle.</summary>
    Wildcard,

    /// <summary>A block of addresses; the name that comes with it is in no entry.</summary>
    Block,

    /// <summary>Nothing: the default denies.</summary>
    Nothing,

    /// <summary>A quarter of each, in no order.</summary>
    Mixed,
}
