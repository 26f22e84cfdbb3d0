namespace SniProxy.Proxy;

/// <summary>What operators read of the proxy; what clients do stands in events.</summary>
internal sealed partial class ProxyLog(ILogger<ProxyLog> logger)
{
    public ILogger Logger => logger;

    [LoggerMessage(4000, LogLevel.Information, "Listener {Listener} ({Kind}) accepts connections on {Endpoint}.")]
    public partial void Listening(string listener, ListenerKind kind, string endpoint);

    [LoggerMessage(
        4001,
        LogLevel.Warning,
        "Listener {Listener} is out of descriptors; accepting pauses. "
        + "Raise the limit (LimitNOFILE=, ulimit -n) or lower Proxy:MaxConnections.")]
    public partial void OutOfDescriptors(string listener);

    [LoggerMessage(4002, LogLevel.Debug, "Listener {Listener} reset a connection over the limit on all connections.")]
    public partial void RefusedOverLimit(string listener);

    [LoggerMessage(4003, LogLevel.Error, "A connection ended by a fault of the proxy; it was reset.")]
    public partial void Fault(Exception error);

    [LoggerMessage(4004, LogLevel.Information, "Draining: {Count} connections have {Timeout} to end.")]
    public partial void Draining(int count, TimeSpan timeout);

    [LoggerMessage(4005, LogLevel.Error, "A connection could not be judged again after a change; it was ended.")]
    public partial void NotJudgedAgain(Exception error);

    [LoggerMessage(4006, LogLevel.Error, "What DNS has bound could not be judged again after a change.")]
    public partial void BindingsNotJudged(Exception error);
}
