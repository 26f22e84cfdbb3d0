namespace SniProxy.Resolutions.Tunnelling;

/// <summary>What has become of a suffix in the eyes of the watch. Zero is the one that lets nothing out.</summary>
internal enum TunnelStage : byte
{
    /// <summary>It is a way out for data: nothing under it is asked for a while.</summary>
    Denied = 0,

    /// <summary>Past a limit; asked all the same, and told.</summary>
    Told,

    Quiet,
}
