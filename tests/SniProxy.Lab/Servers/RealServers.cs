using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Servers;

/// <summary>
/// OpenSSH, Redis and PostgreSQL as they are, at one place of the internet and in both families: what only looks like them would prove
/// nothing about their clients.
/// </summary>
public sealed class RealServers : IAsyncDisposable
{
    public const int SshPort = 22;
    public const int RedisPort = 6379;
    public const int PostgresPort = 5432;

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly Child[] _servers;

    private RealServers(Child[] servers, string userKey) => (_servers, UserKey) = (servers, userKey);

    /// <summary>The key that opens the SSH server to root.</summary>
    public string UserKey { get; }

    public static async Task<RealServers> StartAsync(Namespace where, Place place, CertificateAuthority authority, string folder)
    {
        var userKey = Path.Combine(folder, "user_key");
        Child[] servers =
        [
            await StartSshAsync(where, place, folder, userKey),
            where.Start("redis-server", "--port", $"{RedisPort}", "--bind", $"{place.V4}", $"{place.V6}", "--save", "", "--protected-mode", "no", "--dir", folder),
            await StartPostgresAsync(where, place, authority, Directory.CreateDirectory(Path.Combine(folder, "postgres")).FullName),
        ];
        foreach (var (server, says) in servers.Zip((string[])["Server listening", "Ready to accept connections", "ready to accept connections"]))
        {
            await Waiting.UntilAsync(
                () => server.HasExited || server.Said.Contains(says, StringComparison.Ordinal), StartPatience, () => $"a server is not up:\n{server.Said}");
            if (server.HasExited)
            {
                throw new LabException($"a server ended:\n{server.Said}");
            }
        }

        return new RealServers(servers, userKey);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    // It wants a folder in /run, which it gets for itself alone: the namespace's processes have their own mounts.
    private static async Task<Child> StartSshAsync(Namespace where, Place place, string folder, string userKey)
    {
        var hostKey = Path.Combine(folder, "host_key");
        foreach (var key in (string[])[hostKey, userKey])
        {
            (await where.RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)).MustSucceed();
        }

        string[] settings =
        [
            $"HostKey={hostKey}", $"AuthorizedKeysFile={userKey}.pub", "StrictModes=no", "UsePAM=no", "PermitRootLogin=yes", "PidFile=none",
            $"ListenAddress={place.V4}", $"ListenAddress={place.V6}", $"Port={SshPort}",
        ];
        var options = string.Join(' ', settings.Select(setting => $"-o {setting}"));
        return where.Start("sh", "-c", $"mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec /usr/sbin/sshd -D -e -f /dev/null {options}");
    }

    private static async Task<Child> StartPostgresAsync(Namespace where, Place place, CertificateAuthority authority, string folder)
    {
        var programs = Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Order(StringComparer.Ordinal).Last();
        var data = Path.Combine(folder, "data");
        var (certificate, key) = authority.Issue(place.Name);
        foreach (var (from, to) in new[] { (certificate, "server.pem"), (key, "server.key") })
        {
            File.Copy(from, Path.Combine(folder, to));
        }

        (await where.RunAsync("chown", "-R", "postgres", folder)).MustSucceed();
        (await where.RunAsync("chmod", "600", Path.Combine(folder, "server.key"))).MustSucceed();
        (await where.RunAsync("runuser", "-u", "postgres", "--", $"{programs}/initdb", "--no-sync", "-A", "trust", "-D", data)).MustSucceed();
        await File.WriteAllTextAsync(Path.Combine(data, "pg_hba.conf"), "host all all 0.0.0.0/0 trust\nhost all all ::/0 trust\n");
        string[] settings =
        [
            $"listen_addresses={place.V4},{place.V6}", $"port={PostgresPort}", $"unix_socket_directories={folder}", "ssl=on",
            $"ssl_cert_file={folder}/server.pem", $"ssl_key_file={folder}/server.key", "fsync=off", "max_connections=10", "shared_buffers=1MB",
        ];
        return where.Start(["runuser", "-u", "postgres", "--", $"{programs}/postgres", "-D", data, .. settings.SelectMany(setting => new[] { "-c", setting })]);
    }
}
