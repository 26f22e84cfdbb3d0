namespace SniProxy.Core.Policies;

/// <summary>What an entry looks at.</summary>
public enum EntryKind : byte
{
    Name = 0,
    Address,

    /// <summary>The word <c>any</c>.</summary>
    Any,
}
