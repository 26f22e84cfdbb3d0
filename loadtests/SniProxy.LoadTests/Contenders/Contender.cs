namespace SniProxy.LoadTests.Contenders;

/// <summary>A proxy that is measured: how it is configured and started.</summary>
internal abstract class Contender(string name, int port)
{
    public string Name => name;

    public int Port => port;

    /// <summary>Where it answers questions; null where it has no part in DNS.</summary>
    public virtual int? DnsPort => null;

    /// <summary>Whether packets come to its listener by TPROXY and untracked, instead of rewritten by REDIRECT.</summary>
    public bool IsTransparent { get; init; }

    /// <summary>The processors it may use.</summary>
    public string Processors { get; init; } = $"{LoadOptions.ProxyProcessor}";

    /// <summary>Writes its configuration into the folder, which is its own; answers the command that runs it in the foreground.</summary>
    public abstract string[] Configure(string folder, HostMap hosts);
}
