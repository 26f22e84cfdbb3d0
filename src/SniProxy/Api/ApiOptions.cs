using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace SniProxy.Api;

/// <summary>Section <c>SniProxy:Api</c>.</summary>
/// <param name="Endpoint">Where the API stands.</param>
/// <param name="Metrics">Where metrics and health stand without a token, or null.</param>
internal sealed record ApiOptions(IPEndPoint Endpoint, IPEndPoint? Metrics)
{
    /// <summary>The largest request body; a policy may have as much.</summary>
    public const int MaxBodyBytes = 1024 * 1024;

    /// <summary>With a certificate the API speaks TLS.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>What is wrong, each with its key and what to write instead.</summary>
    public IEnumerable<string> Check()
    {
        if (!IPAddress.IsLoopback(Endpoint.Address) && Certificate is null)
        {
            yield return $"SniProxy:Api:Endpoint: {Endpoint} can be reached from other machines, and tokens would travel in the clear. Write 127.0.0.1:{Endpoint.Port}, or configure a certificate.";
        }

        if (Metrics is not null && Metrics.Equals(Endpoint) && Endpoint.Port != 0)
        {
            yield return $"SniProxy:Api:Metrics: {Metrics} is the API's own endpoint. Give it another port.";
        }
    }
}
