namespace SniProxy.Core.Policies.Imports;

/// <summary>Whose document it is.</summary>
public enum ForeignKind : byte
{
    /// <summary>E2B: options of a sandbox, or their <c>network</c>.</summary>
    E2b = 0,

    /// <summary>Vercel Sandbox: a network policy, as the SDK or the REST API takes it.</summary>
    Vercel,

    /// <summary>Smokescreen: an egress ACL, version v1.</summary>
    Smokescreen,

    /// <summary>StepSecurity Harden-Runner: a workflow, or what stands under its <c>with</c>.</summary>
    HardenRunner,

    /// <summary>OpenSandbox: a network policy.</summary>
    OpenSandbox,

    /// <summary>Docker Sandboxes: a governance policy, or the network policy of a sandbox.</summary>
    Docker,

    /// <summary>Anthropic's sandbox-runtime: settings.</summary>
    Srt,
}
