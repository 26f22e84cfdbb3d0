using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>Who is behind a source address.</summary>
internal sealed class SandboxRegistry
{
    /// <summary>The sandbox of a source, by longest prefix and ingress interface; an unknown one never null.</summary>
    public Sandbox Find(Address source, string? ingress) => throw new NotImplementedException();
}
