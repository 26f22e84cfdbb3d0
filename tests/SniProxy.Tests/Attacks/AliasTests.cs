using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Attacks;

/// <summary>An alias of an allowed name leads over a denied one; a client that never asked our DNS must not get further than one that did.</summary>
public sealed class AliasTests
{
    private const string Policy = """
        rules:
          - deny: ["**.tracker.example"]
          - allow: ["**.cdn.example:*"]
        """;

    [Fact]
    public async Task ADeniedAliasIsNotDialledForAnAllowedName()
    {
        using var evil = new TcpListener(IPAddress.Loopback, 0);
        evil.Start();
        var port = ((IPEndPoint)evil.LocalEndpoint).Port;
        await using var appliance = await ApplianceUnderAttack.StartAsync(Policy, query => [Wire.Respond(query, 0,
        [
            Wire.Cname("x.cdn.example", "evil.tracker.example"), Wire.A("evil.tracker.example", "127.0.0.1"),
        ])]);

        var answer = await appliance.TunnelAsync($"x.cdn.example:{port}", $"GET / HTTP/1.1\r\nHost: x.cdn.example:{port}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 403", answer, StringComparison.Ordinal);
        Assert.False(evil.Pending());
        var told = await appliance.ToldAsync();
        Assert.Equal((Decision.Deny, Reason.Rule, "1"), (told.Verdict, told.Reason, told.Rule));
    }
}
