using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.LabItself;

/// <summary>Without an appliance every client reaches every server in both families, and reads an alert as what it is.</summary>
public sealed class DirectClients(Lab lab) : IAsyncLifetime
{
    private StandIn? _standIn;

    public static TheoryData<string, Family> ClientsAndFamilies =>
        new(Clients.All.Keys.SelectMany(client => Enum.GetValues<Family>().Select(family => (client, family))));

    public async ValueTask InitializeAsync() => _standIn = await StandIn.StartAsync(lab);

    public ValueTask DisposeAsync() => _standIn?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [MemberData(nameof(ClientsAndFamilies))]
    public async Task FetchesABodyIntact(string client, Family family)
    {
        var body = Clients.All[client].Body;
        var result = await Clients.All[client].FetchAsync(lab.Sandbox, new Route(Door.Direct, family), Places.Allowed.Name, body.Path);
        Assert.True(result.OutputSha256 == body.Sha256, result.ToString());
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Theory]
    [MemberData(nameof(ClientsAndFamilies))]
    public async Task ReachesTheFamilyItAskedFor(string client, Family family)
    {
        var result = await Clients.All[client].FetchAsync(lab.Sandbox, new Route(Door.Direct, family), Places.Other.Name);
        Assert.True(result.Output == WebServer.PageOf(Places.Other, family), result.ToString());
    }

    [Theory]
    [MemberData(nameof(ClientsAndFamilies))]
    public async Task ReadsTheAlertAsAccessDenied(string client, Family family)
    {
        var result = await Clients.All[client].FetchAsync(lab.Sandbox, new Route(Door.Direct, family), Places.Refuser.Name);
        Assert.True(result.Said.Contains(Clients.All[client].AccessDenied, StringComparison.OrdinalIgnoreCase), result.ToString());
        Assert.True(result.ExitCode != 0, result.ToString());
        Assert.False(result.TimedOut, result.ToString());
    }

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task GitClonesTheRepository(Family family)
    {
        var result = await Clients.GitCloneAsync(lab.Sandbox, new Route(Door.Direct, family), Places.Allowed.Name);
        Assert.True(result.Output == $"{lab.Web.Repository.Commit}\n{GitRepository.FileText}", result.ToString());
    }

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task GitReadsTheAlertAsAccessDenied(Family family)
    {
        var result = await Clients.GitCloneAsync(lab.Sandbox, new Route(Door.Direct, family), Places.Refuser.Name);
        Assert.True(result.Said.Contains(Clients.GitAccessDenied, StringComparison.OrdinalIgnoreCase), result.ToString());
    }

    /// <summary>The bare socket that times refusals reads one as such, in one flight or two.</summary>
    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task BareSocketReadsTheAlert(Family family)
    {
        var big = Hello.BigFor("refuser.example");
        Assert.True(big.Length > 1500, $"{big.Length} bytes");
        foreach (var hello in (byte[][])[Hello.For("refuser.example"), big])
        {
            var refusal = await Refusal.OfAsync(
                lab.Sandbox, new Route(Door.Direct, family), Places.Refuser.Name, Places.Refuser.At(family, 443), hello);
            Assert.True(refusal.Alert == Refusal.AccessDenied, refusal.ToString());
        }
    }

    /// <summary>Names in the sandbox's hosts file win over its resolver, for every client.</summary>
    [Theory]
    [MemberData(nameof(ClientsAndFamilies))]
    public async Task HostsFileSendsTheClientElsewhere(string client, Family family)
    {
        using var hosts = new Hosts(lab.Sandbox, ("allowed.example", Places.Refuser.V4), ("allowed.example", Places.Refuser.V6));
        var result = await Clients.All[client].FetchAsync(lab.Sandbox, new Route(Door.Direct, family), "allowed.example");
        Assert.True(result.Said.Contains(Clients.All[client].AccessDenied, StringComparison.OrdinalIgnoreCase), result.ToString());
    }
}
