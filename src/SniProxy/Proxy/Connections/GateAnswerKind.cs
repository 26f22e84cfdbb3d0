namespace SniProxy.Proxy.Connections;

internal enum GateAnswerKind : byte
{
    /// <summary>Forward nothing more, tell the client at once and end both sides.</summary>
    Refuse = 0,

    /// <summary>More of the client's bytes, or the server's answer, must be seen first.</summary>
    Wait,

    /// <summary>The client has nothing more to say that may be forwarded; what it sends is dropped and the answer goes on.</summary>
    Finish,
    Forward,

    /// <summary>Forwarded in other words.</summary>
    Replace,
}
