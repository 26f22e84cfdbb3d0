using System.Net;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Names;

/// <summary>
/// Addresses that stand for names, with real programs: the name is known of every protocol, nobody upstream hears of it before the sandbox
/// connects, and no other address leads anywhere.
/// </summary>
public sealed class SyntheticAddresses(Lab lab)
{
    private static readonly ApplianceSettings Settings = ApplianceSettings.With("""
        version: 1
        dns: { mode: synthetic }
        rules:
          - allow: [allowed.example, "tcp://allowed.example:7", "tcp://allowed.example:25"]
          - allow: ["ssh://other.example", "redis://other.example", "postgres://other.example", other.example]
          - allow: ["**.wild.example", chain.example]
        """).And("forward", "version: 1\nrules: [allowed.example, \"ssh://other.example\"]\n");

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task ProgramsReachTheirServersByName(Door door, Family family)
    {
        await lab.ApplianceAsync(Settings, door);
        var ssh = await SshAsync(Places.Other.Name, family);
        Assert.True(ssh.Output == "from the server\n", ssh.ToString());
        foreach (var mode in (string[])["disable", "require", "verify-full"])
        {
            var psql = await PsqlAsync(Places.Other.Name, family, mode);
            Assert.True(psql.Output == $"42|{(mode == "disable" ? 'f' : 't')}\n", psql.ToString());
        }

        var address = await AddressAsync(Places.Other.Name, family);
        foreach (var host in (string[])[Places.Other.Name, address])
        {
            var redis = await lab.Sandbox.RunAsync("redis-cli", "-h", host, "-p", $"{RealServers.RedisPort}", "ECHO", "from redis");
            Assert.True(redis.Output == "from redis\n", redis.ToString());
        }

        var echo = await lab.Sandbox.FeedAsync("(any bytes)", "nc", Digit(family), "-N", "-w", "5", Places.Allowed.Name, "7");
        Assert.True(echo.Output == "(any bytes)", echo.ToString());
        var banner = await (lab.Sandbox.Command("nc", Digit(family), "-w", "1", Places.Allowed.Name, "25") with { HoldInput = true }).RunAsync();
        Assert.True(banner.Output.StartsWith("220 lab", StringComparison.Ordinal), banner.ToString());
        foreach (var client in (string[])["curl", "openssl-tls1.3"])
        {
            var tls = await Clients.All[client].FetchAsync(lab.Sandbox, new Route(door, family), Places.Allowed.Name);
            Assert.True(tls.Output.Length > 0 && WebServer.PageOf(Places.Allowed, Family.IPv6) + WebServer.PageOf(Places.Allowed, Family.IPv4) is var pages
                && pages.Contains(tls.Output, StringComparison.Ordinal), tls.ToString());
        }

        var http = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "http://chain.example/");
        Assert.True(http.ExitCode == 0, http.ToString());
    }

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task NobodyUpstreamHearsOfANameBeforeTheSandboxConnects(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        var name = $"{door}-{family}-{Guid.NewGuid():N}.wild.example".ToLowerInvariant();
        var (mark, told) = (lab.Dns.Mark, appliance.Events.Mark);
        var address = await AddressAsync(name, family);
        Assert.StartsWith(family == Family.IPv4 ? "198.18." : "fd98:18::", address, StringComparison.Ordinal);
        Assert.Null(await Clients.ResolveAsync(lab.Sandbox, "denied.example", family));
        await Question.AskAsync(lab.Sandbox, Places.Resolver.V4, name, tcp: true, type: 16);
        Assert.Equal(lab.Dns.Log[mark..], string.Empty);

        var fetched = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), $"http://{name}/");
        Assert.True(lab.Dns.WasAsked(name, mark), fetched.ToString());
        var flow = await appliance.Events.FirstAsync(told, e => e.Is("kind", "flow") && e.Is("name", name));
        Assert.True(flow.Is("evidence", "synthetic") && flow.Is("bound", "true") && flow["originalDestination"]?.Contains(address, StringComparison.Ordinal) == true, flow.ToString());
    }

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task NoOtherAddressLeadsAnywhere(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        await AddressAsync(Places.Other.Name, family);
        var told = appliance.Events.Mark;
        var (other, traffic) = (Places.Other.At(family), await lab.TrafficAsync(Places.Other, family));
        Assert.NotEqual(0, (await SshAsync(other.ToString(), family)).ExitCode);
        Assert.NotEqual("PONG\n", (await lab.Sandbox.RunAsync("redis-cli", "-h", other.ToString(), "PING")).Output);
        Assert.NotEqual(0, (await PsqlAsync(other.ToString(), family, "disable")).ExitCode);
        var named = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "https://other.example/", "--resolve", $"other.example:443:{Places.Other.InUrl(family)}");
        Assert.True(named.ExitCode != 0 && named.Error.Contains("access denied", StringComparison.Ordinal), named.ToString());
        await appliance.Events.FirstAsync(told, e => e.Is("name", "other.example") && e.Is("reason", "unbound_name") && e.Is("verdict", "deny"));
        Assert.Equal(traffic, await lab.TrafficAsync(Places.Other, family));

        var nobody = family == Family.IPv4 ? "198.19.200.200" : "fd98:18::dead:beef";
        Assert.NotEqual(0, (await SshAsync(nobody, family)).ExitCode);
        await appliance.Events.FirstAsync(told, e => e["originalDestination"]?.Contains(nobody, StringComparison.Ordinal) == true && e.Is("reason", "unbound_name") && e.Is("verdict", "deny"));
    }

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task AServerNameOrHostMustBeTheAddresssOwn(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        var told = appliance.Events.Mark;
        var address = await AddressAsync(Places.Allowed.Name, family);
        var literal = family == Family.IPv4 ? address : $"[{address}]";
        var lie = await (lab.Sandbox.Command("openssl", "s_client", "-connect", $"{literal}:443", "-servername", Places.Other.Name) with { HoldInput = true }).RunAsync();
        Assert.True(lie.Said.Contains("access denied", StringComparison.Ordinal), lie.ToString());
        var host = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "http://other.example/", "-o", "/dev/null", "-w", "%{http_code}", "--resolve", $"other.example:80:{literal}");
        Assert.True(host.Output == "403", host.ToString());
        foreach (var protocol in (string[])["tls", "http"])
        {
            await appliance.Events.FirstAsync(told, e => e.Is("protocol", protocol) && e.Is("reason", "name_mismatch") && e.Is("name", Places.Other.Name));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatWasAnsweredMeansTheSameAfterARestart(bool isKilled)
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        string[] names = [Places.Other.Name, Places.Allowed.Name, .. Enumerable.Range(0, 20).Select(i => $"n{i}-{isKilled}.wild.example".ToLowerInvariant())];
        var before = await AddressesAsync(names);
        appliance.Signal(isKilled ? Signals.Kill : Signals.Terminate);
        await appliance.Process.ExitAsync(TimeSpan.FromSeconds(20));
        await appliance.RestartAsync();

        // The program holds the address and asks nobody.
        foreach (var address in before[0].Split(' '))
        {
            var ssh = await SshAsync(address, address.Contains(':') ? Family.IPv6 : Family.IPv4);
            Assert.True(ssh.Output == "from the server\n", ssh.ToString());
        }

        Assert.Equal(before, await AddressesAsync(names));
        Assert.DoesNotContain((await AddressesAsync([$"new-{isKilled}.wild.example"]))[0], before);
    }

    [Fact]
    public async Task APolicyThatForwardsStandsBesideIt()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        (await appliance.ApiAsync(HttpMethod.Put, $"/sandboxes/{ApplianceSettings.SecondSandboxId}/mode", """{"policy":"forward"}""")).MustSucceed();
        try
        {
            Assert.Equal(Places.Allowed.V4.ToString(), await Clients.ResolveAsync(lab.SecondSandbox, Places.Allowed.Name, Family.IPv4));
            var forwarded = await Clients.CurlAsync(lab.SecondSandbox, new Route(Door.Redirect, Family.IPv4), "https://allowed.example/", "-o", "/dev/null");
            Assert.True(forwarded.ExitCode == 0, forwarded.ToString());
            Assert.StartsWith("198.18.", await AddressAsync(Places.Allowed.Name, Family.IPv4), StringComparison.Ordinal);
            var synthetic = await Clients.CurlAsync(lab.Sandbox, new Route(Door.Redirect, Family.IPv4), "https://allowed.example/", "-o", "/dev/null");
            Assert.True(synthetic.ExitCode == 0, synthetic.ToString());
        }
        finally
        {
            (await appliance.ApiAsync(HttpMethod.Put, $"/sandboxes/{ApplianceSettings.SecondSandboxId}/mode", $$"""{"policy":"{{ApplianceSettings.PolicyName}}"}""")).MustSucceed();
        }
    }

    [Fact]
    public async Task TestSaysWhatAConnectionFinds()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        var address = await AddressAsync(Places.Other.Name, Family.IPv4);
        foreach (var (destination, verdict) in new[]
        {
            ("ssh://other.example", "allow"), ($"ssh://{address}", "allow"), ("ssh://198.19.200.200", "deny"), ($"ssh://{Places.Other.V4}", "deny"), ("ssh://allowed.example", "deny"),
        })
        {
            var answer = await appliance.ApiAsync(HttpMethod.Post, "/test", $$"""{"sandbox":"{{ApplianceSettings.SandboxId}}","destinations":["{{destination}}"]}""");
            Assert.True(answer.MustSucceed().Json[0].GetProperty("verdict").GetString() == verdict, $"{destination}: {answer}");
        }
    }

    private static string Digit(Family family) => family == Family.IPv4 ? "-4" : "-6";

    private async Task<CommandResult> SshAsync(string host, Family family) => await lab.Sandbox.RunAsync(
        "ssh", Digit(family), "-i", (await lab.RealServersAsync()).UserKey, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR", $"root@{host}", "echo from the server");

    private async Task<CommandResult> PsqlAsync(string host, Family family, string sslmode)
    {
        await lab.RealServersAsync();
        var address = IPAddress.TryParse(host, out _) ? host : await AddressAsync(host, family);
        return await lab.Sandbox.RunAsync(
            "psql", $"host={host} hostaddr={address} user=postgres dbname=postgres connect_timeout=10 sslmode={sslmode} sslrootcert={lab.Authority.RootFile}",
            "-Atc", "select 40 + 2, (select ssl from pg_stat_ssl where pid = pg_backend_pid())");
    }

    private async Task<string> AddressAsync(string name, Family family) =>
        await Clients.ResolveAsync(lab.Sandbox, name, family) ?? throw new LabException($"{name} is not answered");

    private async Task<string[]> AddressesAsync(string[] names)
    {
        await lab.RealServersAsync();
        return await Task.WhenAll(names.Select(async name => $"{await AddressAsync(name, Family.IPv4)} {await AddressAsync(name, Family.IPv6)}"));
    }
}
