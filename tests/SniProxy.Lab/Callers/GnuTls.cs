using System.Net;
using System.Text;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Callers;

/// <summary>gnutls-cli, which knows neither families nor proxies: it is given an address, or a port in the sandbox that leads into a CONNECT.</summary>
internal static class GnuTls
{
    public static async Task<CommandResult> FetchAsync(Namespace sandbox, Route route, string host, string path)
    {
        if (!route.UsesProxy)
        {
            var address = await Clients.ResolveAsync(sandbox, host, route.Family) ?? host;
            return await RunAsync(sandbox, host, path, address, 443);
        }

        await using var tunnel = new ProxyTunnel(sandbox, route, $"{host}:443");
        var result = await RunAsync(sandbox, host, path, IPAddress.Loopback.ToString(), tunnel.Port);
        return result with { Error = result.Error + tunnel.Rejection };
    }

    private static async Task<CommandResult> RunAsync(Namespace sandbox, string host, string path, string address, int port)
    {
        var command = sandbox.Command(
            "gnutls-cli", "--logfile=/dev/stderr", "--x509cafile", sandbox.Environment["SSL_CERT_FILE"], "--sni-hostname", host, "--verify-hostname", host,
            "-p", $"{port}", address);
        return Clients.WithoutHead(await (command with { Input = Clients.Request(host, path), HoldInput = true }).RunAsync());
    }
}
