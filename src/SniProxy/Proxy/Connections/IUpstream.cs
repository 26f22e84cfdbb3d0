namespace SniProxy.Proxy.Connections;

/// <summary>A connection to an upstream, of the same transport as the client's. Disposing of it closes it.</summary>
internal interface IUpstream : IDisposable;
