namespace SniProxy.Dns;

/// <summary>The answer that a name has for everybody.</summary>
internal enum FixedName : byte
{
    None = 0,

    /// <summary>There is no such name.</summary>
    Nonexistent,

    /// <summary>There is nothing of any type.</summary>
    Empty,

    /// <summary>The address at which the question arrived.</summary>
    Gateway,
}
