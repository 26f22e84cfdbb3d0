using System.Runtime.Versioning;

// Network namespaces, nftables and original destinations are Linux.
[assembly: SupportedOSPlatform("linux")]
