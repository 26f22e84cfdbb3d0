namespace SniProxy.Dns;

/// <summary>What a denied name is answered with.</summary>
internal enum BlockedAnswer : byte
{
    /// <summary>The only one that costs no resolver a wait and leaves allowed names of a search list alone.</summary>
    NxDomain = 0,

    /// <summary>An empty answer; musl ends its search list at it.</summary>
    NoData,

    /// <summary>A refusal; musl waits for 5 s and then fails allowed names too.</summary>
    Refused,
}
