namespace SniProxy.Core.Contract;

/// <summary>How a flow ended.</summary>
public enum Ending : byte
{
    /// <summary>Refused by the verdict.</summary>
    Refused = 0,

    /// <summary>Both sides closed in order.</summary>
    Closed,

    /// <summary>The client reset the connection.</summary>
    ClientReset,

    /// <summary>The upstream reset the connection.</summary>
    UpstreamReset,

    /// <summary>The client left before a verdict.</summary>
    ClientAborted,

    /// <summary>No byte passed for the idle time-out.</summary>
    IdleTimeout,

    /// <summary>One half was closed and the other stayed silent for the half-closed time-out.</summary>
    HalfClosedTimeout,

    /// <summary>No upstream address could be reached.</summary>
    ConnectFailed,

    /// <summary>Closed because a change no longer allows it.</summary>
    Revoked,

    /// <summary>Closed because the appliance stopped.</summary>
    Drained,

    /// <summary>The second ClientHello after a HelloRetryRequest asked for something else (RFC 8446 section 4.1.2).</summary>
    HelloRetryMismatch,

    /// <summary>A later request on the connection was refused.</summary>
    RequestRefused,

    /// <summary>The appliance itself failed; both sides were reset and the log says why.</summary>
    Fault,
}
