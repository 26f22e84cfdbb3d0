namespace SniProxy.Proxy.Loops;

/// <summary>Who is told what became possible on a socket; always on the loop's own thread.</summary>
internal interface ILoopSocketOwner
{
    /// <summary>The socket's flags say what is possible now. It is told once for each change, so all of it has to be used or remembered.</summary>
    void OnReady(LoopSocket socket);
}
