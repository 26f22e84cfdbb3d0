using System.Net;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Servers;

/// <summary>openssl s_server, for what a web server does not let one set: groups, versions, one handshake detail at a time.</summary>
public sealed class TlsServer : IAsyncDisposable
{
    private readonly Child _process;

    private TlsServer(Child process) => _process = process;

    /// <summary>What the server printed: handshakes, server names, groups.</summary>
    public string Said => _process.Said;

    /// <summary>Serves a status page over HTTP to whoever completes a handshake.</summary>
    public static async Task<TlsServer> StartAsync(
        Namespace where, IPEndPoint endpoint, (string CertificateFile, string KeyFile) certificate, params string[] options)
    {
        var process = where.Start(
            ["openssl", "s_server", "-accept", endpoint.ToString(), "-cert", certificate.CertificateFile, "-key", certificate.KeyFile, "-www", .. options]);
        var server = new TlsServer(process);
        await Waiting.UntilAsync(
            () => process.HasExited || process.Said.Contains("ACCEPT", StringComparison.Ordinal),
            TimeSpan.FromSeconds(10),
            () => "openssl s_server is not up:\n" + process.Said);
        return process.HasExited ? throw new LabException("openssl s_server ended:\n" + process.Said) : server;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
