using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.LabItself;

/// <summary>Each client, told of a proxy, really goes through it: ncat's small HTTP proxy stands where the appliance's explicit door will be.</summary>
public sealed class ExplicitClients(Lab lab)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static TheoryData<string, Family> ClientsAndFamilies => DirectClients.ClientsAndFamilies;

    [Theory]
    [MemberData(nameof(ClientsAndFamilies))]
    public async Task BodyArrivesThroughTheProxy(string client, Family family)
    {
        await using var proxy = await StartProxyAsync(family);
        var body = Clients.All[client].Body;
        var result = await Clients.All[client].FetchAsync(lab.Sandbox, new Route(Door.Explicit, family), Places.Allowed.Name, body.Path);
        Assert.True(result.OutputSha256 == body.Sha256, result.ToString());
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task GitClonesThroughTheProxy(Family family)
    {
        await using var proxy = await StartProxyAsync(family);
        var result = await Clients.GitCloneAsync(lab.Sandbox, new Route(Door.Explicit, family), Places.Allowed.Name);
        Assert.True(result.Output.StartsWith(lab.Web.Repository.Commit, StringComparison.Ordinal), result.ToString());
    }

    /// <summary>What a client says when the proxy turns its CONNECT down; through the explicit door that is as good as the alert.</summary>
    [Theory]
    [MemberData(nameof(ClientsAndFamilies))]
    public async Task ClientSaysThatTheProxyForbids(string client, Family family)
    {
        await lab.EndApplianceAsync();
        await using var proxy = new TcpServer(lab.Gateway, [Places.Gateway.At(family, Route.ProxyPort)], async (server, socket, stop) =>
        {
            await server.ReadAsync(socket, new byte[4096], stop);
            await socket.SendAllAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), stop);
        });
        var result = await Clients.All[client].FetchAsync(lab.Sandbox, new Route(Door.Explicit, family), Places.Allowed.Name);
        Assert.True(result.ExitCode != 0 && !result.TimedOut, result.ToString());
        Assert.True(result.SaysForbidden, result.ToString());
    }

    /// <summary>No forwarding here: a client that ignored the proxy would reach nothing.</summary>
    private async Task<Child> StartProxyAsync(Family family)
    {
        await lab.EndApplianceAsync();
        var address = Places.Gateway.At(family);
        var digit = new Route(Door.Explicit, family).FamilyDigit;
        var proxy = lab.Gateway.Start("ncat", $"-{digit}", "-v", "-l", "-k", $"{address}", $"{Route.ProxyPort}", "--proxy-type", "http");
        await Waiting.UntilAsync(() => proxy.HasExited || proxy.Said.Contains("Listening", StringComparison.Ordinal), Patience, () => proxy.Said);
        return proxy;
    }
}
