using SniProxy.Core.Tests.Tls;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Attacks;

/// <summary>Hellos with the extension of Encrypted ClientHello: an allowed outer name, and who knows what inside.</summary>
public sealed class EncryptedHellos(Lab lab)
{
    private const ushort EncryptedClientHello = 0xfe0d;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("strip", false, true)]
    [InlineData("allow", false, true)]
    [InlineData("deny", false, false)]
    [InlineData("strip", true, false)]
    [InlineData("allow", true, false)]
    public async Task PassAsThePolicyAndStrictModeSay(string ech, bool strict, bool passes)
    {
        var appliance = await lab.ApplianceAsync(ApplianceSettings.With($"ech: {ech}\nrules: [allowed.example]"), Door.Redirect);
        (await appliance.ApiAsync(HttpMethod.Put, "/strict", $"{{\"on\": {(strict ? "true" : "false")}}}")).MustSucceed();
        try
        {
            var mark = appliance.Events.Mark;
            Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, Family.IPv4));
            using var socket = await lab.Sandbox.ConnectAsync(Places.Allowed.At(Family.IPv4, 443));
            await socket.SendAllAsync(ClientHelloBuilder.For(Places.Allowed.Name).With(EncryptedClientHello, ClientHelloBuilder.EchOuter()).Wire());
            var answer = await TlsRecord.ReadAsync(socket, Patience);
            Assert.True(passes ? answer is { IsServerHello: true } or { IsRetryRequest: true } : answer is { IsAccessDenied: true }, answer?.ToString());
            socket.Dispose();
            var told = await appliance.Events.FirstAsync(mark, e => e.Is("kind", "flow"));
            Assert.True(told.Is("ech", "true") && told.Is("verdict", passes ? "allow" : "deny") && (passes || told.Is("reason", "ech")), told.ToString());
        }
        finally
        {
            await appliance.ApiAsync(HttpMethod.Put, "/strict", "{\"on\": false}");
        }
    }
}
