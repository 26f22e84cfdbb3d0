using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>A sandbox cannot have an address on an ingress where another one is found by it.</summary>
internal sealed class TakenAddressException(string id, Sandbox owner)
    : Exception($"the sandbox \"{id}\" has an address that \"{owner.Id}\" has already")
{
    /// <summary>Who wants it.</summary>
    public string Id => id;

    /// <summary>Who has it.</summary>
    public Sandbox Owner => owner;
}
