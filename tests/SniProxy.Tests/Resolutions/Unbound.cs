using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace SniProxy.Tests.Resolutions;

/// <summary>unbound on loopback, asked over TLS: a server that others wrote.</summary>
internal sealed class Unbound : IAsyncDisposable
{
    /// <summary>Every name below it has <see cref="Address"/>.</summary>
    public const string Zone = "zone.example";

    public const string Address = "203.0.113.10";

    /// <summary>No name below it exists.</summary>
    public const string Nothing = "nothing.example";

    private readonly string folder;
    private readonly Process process;
    private readonly int port;

    private Unbound(string folder, Process process, int port)
    {
        this.folder = folder;
        this.process = process;
        this.port = port;
    }

    public static async Task<Unbound> StartAsync(X509Certificate2 certificate)
    {
        var folder = Directory.CreateTempSubdirectory("sniproxy-unbound-").FullName;
        using var key = certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("no key");
        var cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync($"{folder}/server.pem", certificate.ExportCertificatePem(), cancellation);
        await File.WriteAllTextAsync($"{folder}/server.key", key.ExportPkcs8PrivateKeyPem(), cancellation);
        var port = FreePort();
        await File.WriteAllTextAsync($"{folder}/unbound.conf", Configuration(folder, port), cancellation);
        var start = new ProcessStartInfo("/usr/sbin/unbound", ["-d", "-p", "-c", $"{folder}/unbound.conf"]) { RedirectStandardError = true };
        var process = Process.Start(start) ?? throw new InvalidOperationException("unbound did not start");
        var unbound = new Unbound(folder, process, port);
        for (var patience = Stopwatch.StartNew(); !await unbound.ListensAsync(); await Task.Delay(20, cancellation))
        {
            Assert.False(process.HasExited, process.HasExited ? await process.StandardError.ReadToEndAsync(cancellation) : null);
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(10), "unbound does not listen");
        }

        return unbound;
    }

    public string As(string name) => $"tls://127.0.0.1:{port}#{name}";

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static string Configuration(string folder, int port) => $"""
        server:
          username: ""
          chroot: ""
          directory: "{folder}"
          pidfile: ""
          use-syslog: no
          verbosity: 0
          num-threads: 1
          interface: 127.0.0.1@{port}
          tls-port: {port}
          tls-service-key: "{folder}/server.key"
          tls-service-pem: "{folder}/server.pem"
          module-config: "iterator"
          local-zone: "{Zone}." redirect
          local-data: "{Zone}. 60 IN A {Address}"
          local-zone: "{Nothing}." static
        remote-control:
          control-enable: no
        """;

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)(socket.LocalEndPoint ?? throw new InvalidOperationException())).Port;
    }

    private async Task<bool> ListensAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
