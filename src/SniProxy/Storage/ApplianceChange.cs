namespace SniProxy.Storage;

/// <summary>One change of what decides, made while the appliance runs: who made it, when, and in words what it was.</summary>
internal sealed record ApplianceChange
{
    /// <summary>Given when it takes effect; larger than all before it, also those before a restart.</summary>
    public long Revision { get; init; }

    public DateTimeOffset Time { get; init; }

    /// <summary>A token's name; <c>file</c> for policy documents, <c>machine</c> for what was seen of the machine, <c>ttl</c> for what ended by itself.</summary>
    public required string Actor { get; init; }

    public required string Words { get; init; }

    /// <summary>The id of the sandbox that it is about, or null.</summary>
    public string? Sandbox { get; init; }

    /// <summary>The name of the policy that it is about, or null.</summary>
    public string? Policy { get; init; }

    /// <summary>The id of the grant that it is about, or null.</summary>
    public string? Grant { get; init; }
}
