using System.Security.Cryptography;
using System.Text;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Servers;

/// <summary>
/// nginx for every web host of the internet. Each host has its own addresses, so that the page, which names the host and the address it was
/// reached at, proves who was dialled. Paths: / the page, /big and /medium bodies of known content, /upload swallows any body, /store keeps what is PUT,
/// /repo.git a repository over plain files.
/// </summary>
public sealed class WebServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Child _nginx;

    private WebServer(string folder, Child nginx, GitRepository repository)
    {
        _folder = folder;
        _nginx = nginx;
        Repository = repository;
    }

    public static Body Big { get; } = new("/big", 5 * 1024 * 1024);

    public static Body Medium { get; } = new("/medium", 300_000);

    public GitRepository Repository { get; }

    /// <summary>What the page at / says when the host was reached at that address.</summary>
    public static string PageOf(Place place, Family family) => $"{place.Name} at {place.At(family)}\n";

    public static async Task<WebServer> StartAsync(Namespace where, CertificateAuthority authority, string folder, IReadOnlyList<Place> places)
    {
        var files = Path.Combine(folder, "www");
        Directory.CreateDirectory(Path.Combine(files, "store"));
        foreach (var body in (Body[])[Big, Medium])
        {
            await File.WriteAllBytesAsync(Path.Combine(files, body.Path.TrimStart('/')), body.Content());
        }

        var repository = await GitRepository.CreateAsync(Path.Combine(files, "repo.git"));
        var configuration = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(configuration, Configuration(folder, files, places, place => authority.Issue(place.Name)));
        var nginx = where.Start("nginx", "-p", folder, "-c", configuration, "-e", Path.Combine(folder, "error.log"));
        var server = new WebServer(folder, nginx, repository);
        await Waiting.UntilAsync(
            () => File.Exists(Path.Combine(folder, "nginx.pid")) || nginx.HasExited, TimeSpan.FromSeconds(10), () => "nginx is not up:\n" + nginx.Said);
        return nginx.HasExited ? throw new LabException("nginx ended:\n" + nginx.Said) : server;
    }

    /// <summary>The SHA-256 of what was PUT to /store/NAME.</summary>
    public string StoredSha256(string name) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(_folder, "www", "store", name))));

    public ValueTask DisposeAsync() => _nginx.DisposeAsync();

    private static string Configuration(
        string folder, string files, IReadOnlyList<Place> places, Func<Place, (string CertificateFile, string KeyFile)> issue)
    {
        var servers = new StringBuilder();
        foreach (var place in places)
        {
            var (certificate, key) = issue(place);
            servers.Append($$"""

                  server {
                    listen {{place.V4}}:80; listen [{{place.V6}}]:80;
                    listen {{place.V4}}:443 ssl; listen [{{place.V6}}]:443 ssl;
                    listen {{place.V4}}:8443 ssl; listen [{{place.V6}}]:8443 ssl;
                    server_name {{place.Name}};
                    ssl_certificate {{certificate}};
                    ssl_certificate_key {{key}};
                    location = / { default_type text/plain; return 200 "{{place.Name}} at $server_addr\n"; }
                    location = /upload { default_type text/plain; return 200 "taken by {{place.Name}}\n"; }
                    location /store/ { dav_methods PUT DELETE; }
                  }
                """);
        }

        return $$"""
            daemon off;
            user root;
            worker_processes 1;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/error.log info;
            events { worker_connections 4096; }
            http {
              access_log {{folder}}/access.log;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              root {{files}};
              client_max_body_size 0;
              keepalive_timeout 30;
              ssl_protocols TLSv1.2 TLSv1.3;
            {{servers}}
            }
            """;
    }
}
