namespace SniProxy.Core.Tls;

/// <summary>How far <see cref="HelloRetryGuard"/> is. Zero is the answer that denies.</summary>
public enum HelloRetryState : byte
{
    /// <summary>The second hello is another one than the first, or cannot be read: send nothing more to the server and close both sides.</summary>
    Refused = 0,

    /// <summary>The server's first message is not known yet: client handshake bytes wait.</summary>
    Watching,

    /// <summary>The server asked for a second hello: it waits here until it is whole.</summary>
    Retrying,

    /// <summary>No name can change any more: send what is held, then look no further.</summary>
    Released,
}
