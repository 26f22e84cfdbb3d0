namespace SniProxy.Dns;

/// <summary>What becomes of a question of some type about an allowed name.</summary>
internal enum TypeTreatment : byte
{
    Refuse = 0,

    /// <summary>An empty answer; never "no such name", which would be said of every other type as well.</summary>
    NoData,

    /// <summary>One HINFO that says nothing (RFC 8482 section 4.2).</summary>
    Minimal,

    Forward,
}
