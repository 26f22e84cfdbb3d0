namespace SniProxy.Enforcement;

/// <summary>Ends a command with status 77: going on without the capability would mean enforcing nothing.</summary>
internal sealed class MissingCapabilityException(MissingCapability missing) : Exception(missing.ToString())
{
    public MissingCapability Missing { get; } = missing;
}
