namespace SniProxy.Proxy.Connections;

/// <summary>A relay, as its gate sees it.</summary>
internal interface IGatedRelay
{
    /// <summary>From any thread: held bytes should be asked about again although the server said nothing.</summary>
    void Wake();
}
