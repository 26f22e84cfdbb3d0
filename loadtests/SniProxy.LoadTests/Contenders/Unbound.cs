namespace SniProxy.LoadTests.Contenders;

/// <summary>unbound as a forwarder that validates nothing, as nobody else here does, with the denied names as local zones.</summary>
internal sealed class Unbound(int port) : Resolver(Key, port)
{
    public const string Key = "unbound";

    public override string[] Configure(string folder, HostMap hosts)
    {
        File.WriteAllText($"{folder}/unbound.conf", $"""
            server:
              interface: 0.0.0.0@{Port}
              access-control: 0.0.0.0/0 allow
              num-threads: 1
              do-ip6: no
              do-daemonize: no
              chroot: ""
              username: ""
              directory: "{folder}"
              pidfile: ""
              use-syslog: no
              logfile: ""
              verbosity: 0
              module-config: "iterator"
              {string.Join("\n  ", HostMap.Denied.Select(name => $"local-zone: \"{name}.\" always_nxdomain"))}
            forward-zone:
              name: "."
              forward-addr: {Network.Resolver}
            remote-control:
              control-enable: no

            """);
        return ["unbound", "-d", "-c", $"{folder}/unbound.conf"];
    }
}
