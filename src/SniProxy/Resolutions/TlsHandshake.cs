using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SniProxy.Resolutions;

/// <summary>The way to a name server over TLS: reached and believed within the time that one server has to itself, or not at all.</summary>
internal static class TlsHandshake
{
    /// <exception cref="AuthenticationException">The certificate is not one for the name, or of nobody who is trusted.</exception>
    /// <exception cref="SocketException">The server cannot be reached.</exception>
    /// <exception cref="IOException">It closed before it had shaken hands.</exception>
    public static async Task<SslStream> ConnectAsync(
        Socket socket, UpstreamAddress server, ResolverOptions options, TimeProvider clock, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(options.AttemptTimeout, clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        await socket.ConnectAsync(server.Endpoint, patience.Token);
        var stream = new SslStream(new NetworkStream(socket));
        try
        {
            await stream.AuthenticateAsClientAsync(Client(server, options), patience.Token);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static SslClientAuthenticationOptions Client(UpstreamAddress server, ResolverOptions options)
    {
        // To fetch certificates or revocations would send requests out, and ask for names, in the middle of asking for a name.
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (options.Roots is { } roots)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }

        return new SslClientAuthenticationOptions
        {
            TargetHost = server.TlsName,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = policy,
        };
    }
}
