namespace SniProxy.Proxy.Connections;

internal enum PeekStatus : byte
{
    /// <summary>The connection is gone: reset by the client.</summary>
    Aborted = 0,

    /// <summary>More may come.</summary>
    Open,

    /// <summary>The client has closed its direction; no more bytes will come.</summary>
    Ended,

    /// <summary>The deadline passed or the flow was closed from outside.</summary>
    Interrupted,
}
