namespace SniProxy.Api;

/// <summary>What a token may do; each role includes the ones before it. Zero may do nothing.</summary>
internal enum Role : byte
{
    None = 0,

    /// <summary>Reads.</summary>
    Member,

    /// <summary>Also writes rules, grants and sandboxes, tests, and reads events.</summary>
    Developer,

    /// <summary>Also tokens, the guard, and switching strict mode off everywhere.</summary>
    Admin,
}
