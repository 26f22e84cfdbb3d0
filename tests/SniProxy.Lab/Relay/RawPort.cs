using System.Net;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Relay;

/// <summary>Ports of one host where a rule lets any bytes pass; tests put servers of their own there.</summary>
internal static class RawPort
{
    /// <summary>The client speaks first.</summary>
    public const int ClientFirst = 7000;

    /// <summary>Listed in ServerFirstPorts: dialled before the client has said anything.</summary>
    public const int ServerFirst = 7001;

    public static Place Host => Places.Database;

    public static ApplianceSettings Settings { get; } = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules:
          - allow: ["tcp://203.0.113.30:7000-7001", "tcp://[2001:db8::30]:7000-7001", db.example, allowed.example]
        """).Set("Proxy:ServerFirstPorts", new System.Text.Json.Nodes.JsonArray(ServerFirst));

    public static IPEndPoint[] Endpoints(int port) => [Host.At(Family.IPv4, port), Host.At(Family.IPv6, port)];

    /// <summary>The literal as a CONNECT names it.</summary>
    public static string Name(Family family) => Host.InUrl(family);

    /// <summary>Bytes that are no protocol of ours, which shows only in the third; the same for the same length.</summary>
    public static byte[] Payload(int bytes)
    {
        var payload = new byte[bytes];
        new Random(bytes).NextBytes(payload);
        if (bytes > 0)
        {
            payload[0] = 0xFF;
        }

        return payload;
    }
}
