namespace SniProxy.Core.Wire;

/// <summary>What a reader of untrusted bytes can answer. Zero is the answer that denies.</summary>
public enum ReadStatus : byte
{
    /// <summary>The bytes are of the protocol and break its rules; no further byte can mend them.</summary>
    Malformed = 0,

    /// <summary>The bytes so far are a proper beginning: ask again when there are more.</summary>
    Incomplete,

    /// <summary>The message exceeds what its reader is willing to hold.</summary>
    TooLarge,

    /// <summary>The first bytes rule this protocol out; another reader may know them.</summary>
    OtherProtocol,

    /// <summary>The message was read to its end.</summary>
    Complete,
}
