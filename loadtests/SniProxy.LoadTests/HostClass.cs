namespace SniProxy.LoadTests;

/// <summary>What the server of a host does; every fourth host is of one class.</summary>
internal enum HostClass
{
    Echo,
    Download,
    Upload,
    Tls,
}
