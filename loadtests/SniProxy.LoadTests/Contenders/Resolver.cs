namespace SniProxy.LoadTests.Contenders;

/// <summary>A peer that answers questions and carries no connections. It logs nothing, and has one thread as the proxies have.</summary>
internal abstract class Resolver(string name, int port) : Contender(name, port)
{
    /// <summary>More than all names, so that each is asked for once.</summary>
    protected const int CachedNames = 10_000;

    public override int? DnsPort => Port;
}
