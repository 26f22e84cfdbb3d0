namespace SniProxy.LoadTests.Contenders;

/// <summary>dnsmasq as a cache, with the denied names as domains that it has nothing of.</summary>
internal sealed class Dnsmasq(int port) : Resolver(Key, port)
{
    public const string Key = "dnsmasq";

    public override string[] Configure(string folder, HostMap hosts)
    {
        File.WriteAllText($"{folder}/dnsmasq.conf", $"""
            port={Port}
            user=root
            pid-file=
            no-resolv
            no-hosts
            server={Network.Resolver}
            cache-size={CachedNames}
            dns-forward-max=1000
            {string.Join('\n', HostMap.Denied.Select(name => $"address=/{name}/"))}

            """);
        return ["dnsmasq", "--keep-in-foreground", $"--conf-file={folder}/dnsmasq.conf"];
    }
}
