using System.Net.Sockets;
using System.Security.Cryptography;
using SniProxy.Core.Tests.Tls;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.LabItself;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Attacks;

/// <summary>
/// A server that cannot use the key share of a ClientHello asks for a second one. The client provokes that at will and names somebody else in
/// it: a real OpenSSL server would go on with the new name, as the first test shows, so the second hello must never get there.
/// </summary>
public sealed class HelloRetrySwitch(Lab lab)
{
    private const ushort ServerNameExtension = 0;
    private const ushort SupportedGroups = 10;
    private const ushort KeyShare = 51;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What the client changes in its second hello, and when it sends it.</summary>
    public enum Switch
    {
        OtherName,
        NameLeftOut,
        OtherNameSentEarly,
        OtherNameInTheSameSegment,
    }

    public static TheoryData<Switch, Door, Family> SwitchesAndDoors => new(
        from change in Enum.GetValues<Switch>() from door in Doors.All from family in Enum.GetValues<Family>() select (change, door, family));

    [Fact]
    public async Task ServerItselfTakesTheOtherName()
    {
        await using var standIn = await StandIn.StartAsync(lab);
        using var socket = await lab.Sandbox.ConnectAsync(Places.Retry.At(Family.IPv4, 443));
        await socket.SendAllAsync(First());
        Assert.True((await HandshakeRecordAsync(socket)).IsRetryRequest);
        await socket.SendAllAsync(Second("evil.example"));
        var answer = await HandshakeRecordAsync(socket);
        Assert.True(answer.IsServerHello, answer.ToString());
    }

    [Theory]
    [MemberData(nameof(SwitchesAndDoors))]
    public async Task SecondHelloForSomebodyElseIsCut(Switch change, Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.WithRetryServer, door);
        var before = await lab.TrafficAsync(Places.Retry);
        var mark = appliance.Events.Mark;
        var first = First();
        var second = Second(change == Switch.NameLeftOut ? null : "evil.example");
        using var socket = await Opening.OpenAsync(lab.Sandbox, new Route(door, family), Places.Retry.Name, Places.Retry.At(family, 443));
        if (change == Switch.OtherNameInTheSameSegment)
        {
            await socket.SendAllAsync((byte[])[.. first, .. second]);
        }
        else
        {
            await socket.SendAllAsync(first);
        }

        if (change == Switch.OtherNameSentEarly)
        {
            await socket.SendAllAsync(second);
        }

        Assert.True((await HandshakeRecordAsync(socket)).IsRetryRequest);
        if (change is Switch.OtherName or Switch.NameLeftOut)
        {
            await socket.SendAllAsync(second);
        }

        var last = (await TlsRecord.ReadToEndAsync(socket, Patience)).Where(r => r.Type != TlsRecord.ChangeCipherSpec).ToArray();
        Assert.True(last is [{ IsAccessDenied: true }], string.Join<TlsRecord>('\n', last));
        socket.Dispose();
        var told = await appliance.Events.FirstAsync(mark, e => e.Is("kind", "request"));
        Assert.True(told.Is("verdict", "deny") && told.Is("reason", "name_mismatch") && told.Is("sandbox", ApplianceSettings.SandboxId), told.ToString());
        var flow = await appliance.Events.FirstAsync(mark, e => e["id"] == told["flow"]);
        Assert.True(flow.Is("kind", "flow") && flow.Is("name", Places.Retry.Name) && flow["bytesUp"] == $"{first.Length}", flow.ToString());
        // Byte for byte: what arrived is the first hello and nothing else.
        Assert.Equal(first.Length, (await lab.TrafficAsync(Places.Retry) - before).PayloadBytes);
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task SecondHelloForTheSameNameGoesOn(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.WithRetryServer, door);
        using var socket = await Opening.OpenAsync(lab.Sandbox, new Route(door, family), Places.Retry.Name, Places.Retry.At(family, 443));
        await socket.SendAllAsync(First());
        Assert.True((await HandshakeRecordAsync(socket)).IsRetryRequest);
        await socket.SendAllAsync(Second(Places.Retry.Name));
        var answer = await HandshakeRecordAsync(socket);
        Assert.True(answer.IsServerHello, answer.ToString());
    }

    // It offers P-384 and sends a share for X25519, which the server does not take.
    private static byte[] First() => Offer(Places.Retry.Name).Wire();

    private static byte[] Second(string? name)
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP384);
        var point = key.ExportParameters(false).Q;
        var hello = Offer(Places.Retry.Name).Without(KeyShare).With(KeyShare, Share([4, .. point.X ?? [], .. point.Y ?? []]));
        return (name is null ? hello.Without(ServerNameExtension) : hello.WithServerName(ClientHelloBuilder.ServerName(name))).Wire();
    }

    private static ClientHelloBuilder Offer(string name) =>
        ClientHelloBuilder.For(name).Without(SupportedGroups).With(SupportedGroups, [0x00, 0x04, 0x00, 0x1d, 0x00, 0x18]);

    private static byte[] Share(byte[] point) => ClientHelloBuilder.Vector16([0x00, 0x18, .. ClientHelloBuilder.Vector16(point)]);

    private static async Task<TlsRecord> HandshakeRecordAsync(Socket socket)
    {
        while (await TlsRecord.ReadAsync(socket, Patience) is { } record)
        {
            if (record.Type != TlsRecord.ChangeCipherSpec)
            {
                return record;
            }
        }

        throw new LabException("the server closed without a word");
    }
}
