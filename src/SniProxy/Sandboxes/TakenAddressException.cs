using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>A sandbox cannot have an address on an ingress where another one is found by it.</summary>
internal sealed class TakenAddressException(SandboxRegistration registration, Sandbox owner)
    : Exception($"the sandbox \"{registration.Id}\" has an address that \"{owner.Id}\" has already")
{
    /// <summary>Who wants it.</summary>
    public SandboxRegistration Registration => registration;

    /// <summary>Who has it.</summary>
    public Sandbox Owner => owner;
}
