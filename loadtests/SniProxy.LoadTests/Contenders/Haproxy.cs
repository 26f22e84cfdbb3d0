namespace SniProxy.LoadTests.Contenders;

/// <summary>HAProxy with its defaults, or with everything set that makes it cheaper here. It logs nothing.</summary>
internal sealed class Haproxy(string name, int port, bool isTuned) : Contender(name, port)
{
    public const string Tuned = "haproxy-tuned";
    public const string TunedTransparent = "haproxy-tproxy";

    public override string[] Configure(string folder, HostMap hosts)
    {
        File.WriteAllLines($"{folder}/hosts.map", hosts.All.Select(host => $"{host.Name} {host.Address}"));
        File.WriteAllText($"{folder}/haproxy.cfg", $$"""
            global
              maxconn 9500
              maxpipes 200
              nbthread 1
              {{(isTuned ? "tune.pipesize 1048576" : "")}}
            defaults
              mode tcp
              timeout connect 5s
              timeout client 1h
              timeout server 1h
              {{(isTuned ? "option tcp-smart-accept\n  option tcp-smart-connect\n  option splice-request\n  option splice-response" : "")}}
            frontend redirected
              bind :{{Port}} {{(isTuned ? "defer-accept" : "")}} {{(IsTransparent ? "transparent" : "")}}
              tcp-request inspect-delay 5s
              tcp-request content reject unless { req.ssl_sni,lower,map_str_ip({{folder}}/hosts.map) -m found }
              tcp-request content set-dst req.ssl_sni,lower,map_str_ip({{folder}}/hosts.map)
              default_backend host
            backend host
              server host 0.0.0.0:443

            """);
        return ["haproxy", "-db", "-f", $"{folder}/haproxy.cfg"];
    }
}
