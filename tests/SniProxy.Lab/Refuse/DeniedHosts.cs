using System.Text.Json;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Refuse;

/// <summary>
/// What the policy denies is refused so that the client can say why, and nothing of it arrives. The sandbox knows the denied host's address
/// by itself (its hosts file), because the appliance's resolver would not tell it.
/// </summary>
public sealed class DeniedHosts(Lab lab) : IDisposable
{
    private readonly Hosts _hosts = new(lab.Sandbox, ("denied.example", Places.Denied.V4), ("denied.example", Places.Denied.V6));

    public void Dispose() => _hosts.Dispose();

    [Theory]
    [MemberData(nameof(Doors.ClientsAndFamilies), MemberType = typeof(Doors))]
    public async Task ClientIsToldThatAccessIsDenied(string client, Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var before = await lab.TrafficAsync(Places.Denied);
        var result = await Clients.All[client].FetchAsync(lab.Sandbox, new Route(door, family), Places.Denied.Name);
        AssertTold(result, door, Clients.All[client].AccessDenied);
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Denied) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task GitIsToldThatAccessIsDenied(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var before = await lab.TrafficAsync(Places.Denied);
        var result = await Clients.GitCloneAsync(lab.Sandbox, new Route(door, family), Places.Denied.Name);
        AssertTold(result, door, Clients.GitAccessDenied);
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Denied) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task PlainHttpGetsForbiddenWithTheReason(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var before = await lab.TrafficAsync(Places.Denied);
        var mark = appliance.Events.Mark;
        var result = await Clients.CurlAsync(
            lab.Sandbox, new Route(door, family), "http://denied.example/secret-path?secret-query", "-i", "-H", "Accept: application/json");
        Assert.True(result.Output.StartsWith("HTTP/1.1 403 ", StringComparison.Ordinal), result.ToString());
        var status = result.Output.Split("\r\n").FirstOrDefault(l => l.StartsWith("Proxy-Status:", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("Proxy-Status: sniproxy; error=http_request_denied; details=\"default\"", status, ignoreCase: true);
        var body = Clients.WithoutHead(result).Output;
        Assert.Equal("default", JsonSerializer.Deserialize<JsonElement>(body).GetProperty("reason").GetString());
        var told = await appliance.Events.FirstAsync(mark, e => body.Contains(e["id"] ?? "no id", StringComparison.Ordinal));
        Assert.True(told.Is("verdict", "deny") && told.Is("reason", "default"), told.ToString());
        Assert.True(told.Is("protocol", "http") && told.Is("name", "denied.example"), told.ToString());
        Assert.False(told.ToString().Contains("secret", StringComparison.Ordinal), told.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Denied) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task EventOfADeniedHelloNamesItAndTheReason(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var mark = appliance.Events.Mark;
        await Refusal.OfAsync(lab.Sandbox, new Route(door, family), "denied.example", Places.Denied.At(family, 443), Hello.For("denied.example"));
        var told = await appliance.Events.FirstAsync(mark, e => e.Is("name", "denied.example"));
        Assert.True(told.Is("verdict", "deny") && told.Is("reason", "default"), told.ToString());
        Assert.True(told["dialled"] is null, told.ToString());
        Assert.True(told.Root.GetProperty("bytesUp").GetInt64() == 0, told.ToString());
    }

    private static void AssertTold(CommandResult result, Door door, string accessDenied)
    {
        Assert.True(result.ExitCode != 0 && !result.TimedOut, result.ToString());
        var told = result.Said.Contains(accessDenied, StringComparison.OrdinalIgnoreCase);
        Assert.True(told || (door == Door.Explicit && result.SaysForbidden), result.ToString());
    }
}
