namespace SniProxy.Resolutions.Tunnelling;

/// <summary>What the watch says about one question before it is asked. The default value denies.</summary>
/// <param name="Stage">Whether it may be asked.</param>
/// <param name="Window">Where the answer is to be noted; null where nobody counts.</param>
/// <param name="IsNew">The name was not asked for in the last ten minutes.</param>
internal readonly record struct TunnelFinding(TunnelStage Stage, SuffixWindow? Window = null, bool IsNew = false)
{
    /// <summary>Of a name that nobody can vary.</summary>
    public static TunnelFinding Exempt => new(TunnelStage.Quiet);

    /// <summary>What the suffix is told or denied for.</summary>
    public string Words => Window?.Describe() ?? "a tunnel";
}
