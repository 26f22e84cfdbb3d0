namespace SniProxy.LoadTests.Contenders;

/// <summary>nginx with its stream module: one worker, 64 KiB buffers, half-closes passed on, no access log.</summary>
internal sealed class Nginx(int port) : Contender("nginx", port)
{
    public override string[] Configure(string folder, HostMap hosts)
    {
        var map = string.Join('\n', hosts.All.Select(host => $"    {host.Name} {host.Address}:443;"));
        File.WriteAllText($"{folder}/nginx.conf", $$"""
            load_module /usr/lib/nginx/modules/ngx_stream_module.so;
            user root;
            daemon off;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/error.log crit;
            worker_processes 1;
            worker_rlimit_nofile 20000;
            events { worker_connections 19900; }
            stream {
              map_hash_max_size {{Math.Max(4096, hosts.Count * 4)}};
              map $ssl_preread_server_name $address {
                default "";
            {{map}}
              }
              server {
                listen {{Port}} backlog=4096;
                ssl_preread on;
                preread_timeout 5s;
                proxy_connect_timeout 5s;
                proxy_timeout 1h;
                proxy_buffer_size 64k;
                proxy_half_close on;
                proxy_pass $address;
              }
            }

            """);
        return ["nginx", "-p", folder, "-c", $"{folder}/nginx.conf", "-e", $"{folder}/error.log"];
    }
}
