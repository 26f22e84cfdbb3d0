namespace SniProxy.Core.Contract;

/// <summary>What a denial leads to. Zero enforces.</summary>
public enum Mode : byte
{
    /// <summary>A denial denies.</summary>
    Enforce = 0,

    /// <summary>Rules are evaluated; a denial is told, not done.</summary>
    Shadow,

    /// <summary>Everything passes and is recorded.</summary>
    Observe,
}
