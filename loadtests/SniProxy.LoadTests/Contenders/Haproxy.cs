namespace SniProxy.LoadTests.Contenders;

/// <summary>HAProxy with its defaults, or with everything set that makes it cheaper here. It logs nothing unless it is to.</summary>
internal sealed class Haproxy(string name, int port, bool isTuned) : Contender(name, port)
{
    public const string Tuned = "haproxy-tuned";
    public const string TunedTransparent = "haproxy-tproxy";
    public const string TunedLogging = "haproxy-logging";

    // What of an event it can tell: who, from where, where to, under which name, how it ended and what it carried.
    private const string LogFormat = """
        log-format '{"time":"%Ts.%ms","client":"%ci:%cp","destination":"%[var(sess.to)]:%[var(sess.port)]","name":"%[var(sess.name)]","policy":"%f","host":"%s","ending":"%ts","bytesUp":%U,"bytesDown":%B,"durationMs":%Tt}'
        """;

    /// <summary>Whether each connection, allowed or denied, leaves a line of JSON in a file.</summary>
    public bool IsLogging { get; init; }

    public override string[] Configure(string folder, HostMap hosts)
    {
        File.WriteAllLines($"{folder}/hosts.map", hosts.All.Select(host => $"{host.Name} {host.Address}"));
        File.WriteAllText($"{folder}/haproxy.cfg", $$"""
            global
              maxconn 9500
              maxpipes 200
              nbthread 1
              {{(isTuned ? "tune.pipesize 1048576" : "")}}
              {{(IsLogging ? "log stdout format raw local0" : "")}}
            defaults
              mode tcp
              timeout connect 5s
              timeout client 1h
              timeout server 1h
              {{(isTuned ? "option tcp-smart-accept\n  option tcp-smart-connect\n  option splice-request\n  option splice-response" : "")}}
              {{(IsLogging ? $"log global\n  {LogFormat}" : "")}}
            frontend redirected
              bind :{{Port}} {{(isTuned ? "defer-accept" : "")}} {{(IsTransparent ? "transparent" : "")}}
              tcp-request inspect-delay 5s
              {{(IsLogging ? "tcp-request content set-var(sess.to) dst\n  tcp-request content set-var(sess.port) dst_port" : "")}}
              {{(IsLogging ? "tcp-request content set-var(sess.name) req.ssl_sni" : "")}}
              tcp-request content reject unless { req.ssl_sni,lower,map_str_ip({{folder}}/hosts.map) -m found }
              tcp-request content set-dst req.ssl_sni,lower,map_str_ip({{folder}}/hosts.map)
              default_backend host
            backend host
              server host 0.0.0.0:443

            """);
        return ["haproxy", "-db", "-f", $"{folder}/haproxy.cfg"];
    }
}
