namespace SniProxy.LoadTests.Contenders;

/// <summary>The C program of our name, as Debian has it. Its table is a list of expressions that are tried one after the other.</summary>
internal sealed class Dlundquist(int port) : Contender("dlundquist", port)
{
    // By its path: ours may come first on the search path.
    private const string Program = "/usr/sbin/sniproxy";

    public override string[] Configure(string folder, HostMap hosts)
    {
        var table = string.Join('\n', hosts.All.Select(host => $"  ^{host.Name.Replace(".", "\\.", StringComparison.Ordinal)}$ {host.Address}:443"));
        File.WriteAllText($"{folder}/sniproxy.conf", $$"""
            user root
            pidfile {{folder}}/sniproxy.pid
            error_log {
              filename {{folder}}/error.log
              priority emergency
            }
            listen 0.0.0.0:{{Port}} {
              proto tls
              table hosts
            }
            table hosts {
            {{table}}
            }

            """);
        return [Program, "-f", "-n", "19900", "-c", $"{folder}/sniproxy.conf"];
    }
}
