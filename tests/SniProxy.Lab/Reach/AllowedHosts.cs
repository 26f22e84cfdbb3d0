using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Reach;

/// <summary>What the policy allows works as if nothing were in the way, for every client, at every door, in both families.</summary>
public sealed class AllowedHosts(Lab lab)
{
    [Theory]
    [MemberData(nameof(Doors.ClientsAndFamilies), MemberType = typeof(Doors))]
    public async Task BodyArrivesIntact(string client, Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var body = Clients.All[client].Body;
        var result = await Clients.All[client].FetchAsync(lab.Sandbox, new Route(door, family), Places.Allowed.Name, body.Path);
        Assert.True(result.OutputSha256 == body.Sha256, result.ToString());
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task GitClonesTheRepository(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var result = await Clients.GitCloneAsync(lab.Sandbox, new Route(door, family), Places.Allowed.Name);
        Assert.True(result.Output == $"{lab.Web.Repository.Commit}\n{GitRepository.FileText}", result.ToString());
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task PlainHttpPageArrives(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var result = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "http://allowed.example/");
        Assert.True(result.Output == PageBehind(door, family, result.Output), result.ToString());
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task UploadArrivesIntact(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var name = $"{door}-{family}";
        var file = Path.Combine(lab.Folder, "upload-" + name);
        var body = new byte[3_000_000];
        new Random(name.Length).NextBytes(body);
        await File.WriteAllBytesAsync(file, body, TestContext.Current.CancellationToken);
        var result = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), $"https://allowed.example/store/{name}", "-f", "-T", file);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(body)), lab.Web.StoredSha256(name));
    }

    /// <summary>A server that answers the first hello with a HelloRetryRequest gets its second one.</summary>
    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task SecondHelloIsLetThrough(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.WithRetryServer, door);
        var result = await Clients.All["openssl-tls1.3"].FetchAsync(lab.Sandbox, new Route(door, family), Places.Retry.Name);
        Assert.True(result.Output.Contains("s_server", StringComparison.Ordinal), result.ToString());
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task EventTellsWhoWentWhereAndWhy(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var mark = appliance.Events.Mark;
        var result = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "https://allowed.example/big", "-o", "/dev/null");
        Assert.True(result.ExitCode == 0, result.ToString());
        var told = await appliance.Events.FirstAsync(mark, e => e.Is("name", "allowed.example") && e.Is("protocol", "tls"));
        Assert.True(told.Is("verdict", "allow") && told.Is("reason", "rule") && told.Is("sandbox", ApplianceSettings.SandboxId), told.ToString());
        Assert.True(told.Root.GetProperty("bytesDown").GetInt64() > 5_000_000, told.ToString());
        Assert.True(told.Root.GetProperty("bytesUp").GetInt64() > 300, told.ToString());
        Assert.False(told.Root.GetProperty("rewritten").GetBoolean(), told.ToString());
    }

    /// <summary>A transparent door keeps the family; behind the explicit one the appliance chooses.</summary>
    private static string PageBehind(Door door, Family family, string output) =>
        door == Door.Explicit && output == WebServer.PageOf(Places.Allowed, Family.IPv4) ? output
        : WebServer.PageOf(Places.Allowed, door == Door.Explicit ? Family.IPv6 : family);
}
