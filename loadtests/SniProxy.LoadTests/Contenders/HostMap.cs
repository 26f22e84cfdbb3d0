namespace SniProxy.LoadTests.Contenders;

/// <summary>The hosts that may be reached, and their addresses: what every contender has to look up.</summary>
internal sealed record HostMap(int Count)
{
    public const int UsualCount = 1000;

    public IEnumerable<(string Name, string Address)> All =>
        Enumerable.Range(0, Count).Select(i => ($"h{i:D5}.load.example", Network.Servers[i % Network.Servers.Count]));
}
