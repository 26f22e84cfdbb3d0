namespace SniProxy.Resolutions;

/// <summary>What came of a question. Zero is a failure, which nobody may take for a "no".</summary>
internal enum ResolutionStatus : byte
{
    /// <summary>Every name server failed, refused, or said what cannot be used.</summary>
    Failed = 0,

    /// <summary>No name server answered in time.</summary>
    TimedOut,

    /// <summary>The name exists and has nothing of the kind.</summary>
    NoData,

    /// <summary>There is no such name.</summary>
    NxDomain,

    /// <summary>There are records.</summary>
    Found,
}
