namespace SniProxy.Resolutions.Synthetic;

/// <summary>What came of the wish for addresses. Zero gives none.</summary>
internal enum AssignmentStatus : byte
{
    /// <summary>The sandbox has as many names as it may, and every one of them is in use.</summary>
    Full = 0,

    /// <summary>It could not be stored, and would mean something else after a restart.</summary>
    NotStored,

    /// <summary>The name has addresses, and keeps them.</summary>
    Assigned,
}
