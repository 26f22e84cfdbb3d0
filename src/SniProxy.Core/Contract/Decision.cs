namespace SniProxy.Core.Contract;

/// <summary>The outcome of judging a flow or a name. Zero denies.</summary>
public enum Decision : byte
{
    Deny = 0,

    /// <summary>Let through and recorded.</summary>
    Audit,
    Allow,
}
