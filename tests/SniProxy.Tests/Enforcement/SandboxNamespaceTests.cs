using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Addresses;
using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

/// <summary>The namespace of <c>exec</c>: closed, faithful, and gone afterwards.</summary>
[Collection(nameof(KernelInterfaces))]
public sealed class SandboxNamespaceTests
{
    private const string Greeted = "exec 3<>/dev/tcp/{0}/443 && read -r line <&3 && test \"$line\" = hello";

    [Theory]
    [InlineData("203.0.113.9")]
    [InlineData("2001:db8::9")]
    public async Task TheOnlyWayOutIsThePrivateAppliance(string destination)
    {
        await using var sandbox = await MakeAsync();
        using var listener = Listen(sandbox, IPAddress.Parse(destination).AddressFamily);

        var running = sandbox.RunAsync(Bash(Greeted, destination));
        using var accepted = await GatewayLab.AcceptAsync(listener);

        Assert.True(OriginalDestination.TryGetRedirected(accepted, out var original));
        Assert.Equal(Endpoint.From(new IPEndPoint(IPAddress.Parse(destination), 443)), original);
        var client = Assert.IsType<IPEndPoint>(accepted.RemoteEndPoint).Address;
        Assert.Contains(client, sandbox.SandboxAddresses);
        await accepted.SendAsync("hello\n"u8.ToArray());
        Assert.Equal(0, await running);
    }

    [Fact]
    public async Task WithoutAnApplianceTheCommandIsRefused()
    {
        await using var sandbox = await MakeAsync();

        Assert.Equal(1, await sandbox.RunAsync(Bash(Greeted, "203.0.113.9")));
    }

    [Fact]
    public async Task TheCommandsNameServerIsTheGateway()
    {
        await using var sandbox = await MakeAsync();
        using var dns = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        dns.Bind(new IPEndPoint(sandbox.GatewayAddresses[0], sandbox.DnsPort));

        var running = sandbox.RunAsync(Bash("getent ahosts allowed.example.net"));
        using var limit = new CancellationTokenSource(GatewayLab.Patience);
        var buffer = new byte[512];
        var question = await dns.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), limit.Token);

        Assert.Contains("allowed", System.Text.Encoding.ASCII.GetString(buffer, 0, question.ReceivedBytes));
        await sandbox.DisposeAsync();
        Assert.Equal(137, await running);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public async Task TheStatusIsTheCommands(string script, int status)
    {
        await using var sandbox = await MakeAsync();

        Assert.Equal(status, await sandbox.RunAsync(Bash(script)));
    }

    [Fact]
    public async Task ACommandThatIsNotThereEndsWith127()
    {
        await using var sandbox = await MakeAsync();

        Assert.Equal(127, await sandbox.RunAsync(new SandboxCommand(["no-such-command-anywhere"])));
    }

    [Theory]
    [InlineData("nsenter --net=/proc/$PPID/ns/net true")]
    [InlineData("ip link set eth0 down")]
    [InlineData("ip netns exec $(ip netns list | head -1 | cut -d' ' -f1) true")]
    public async Task RootInsideCannotLeaveTheNamespace(string script)
    {
        await using var sandbox = await MakeAsync();

        Assert.Equal(0, await sandbox.RunAsync(new SandboxCommand(["bash", "-c", $"{script} 2>/dev/null"]) { KeepsPrivileges = true }));
        Assert.NotEqual(0, await sandbox.RunAsync(Bash($"{script} 2>/dev/null")));
    }

    // Each of them succeeds for a root that nothing was taken from. What is written is what stands there already.
    [Theory]
    [InlineData("mknod $(mktemp -u) c 1 3")]
    [InlineData("value=$(cat /proc/sys/kernel/core_pattern) && echo \"$value\" >/proc/sys/kernel/core_pattern")]
    [InlineData("file=/sys/kernel/profiling; value=$(cat $file) && exec 3>$file")]
    [InlineData("mount -t tmpfs none /mnt")]
    public async Task RootInsideCannotChangeTheMachine(string script)
    {
        await using var sandbox = await MakeAsync();

        Assert.Equal(0, await sandbox.RunAsync(new SandboxCommand(["bash", "-c", $"{script} 2>/dev/null"]) { KeepsPrivileges = true }));
        Assert.NotEqual(0, await sandbox.RunAsync(Bash($"{script} 2>/dev/null")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("unshare --user --map-root-user --mount sh -c 'umount /run; test -S $0' ")]
    public async Task SocketsOfTheMachineAreOutOfReach(string before)
    {
        var path = $"/run/sniproxy-tests-{Guid.NewGuid():N}.sock";
        using var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        engine.Bind(new UnixDomainSocketEndPoint(path));
        try
        {
            await using var sandbox = await MakeAsync();
            var script = before.Length == 0 ? $"test -S {path}" : before + path;

            Assert.Equal(0, await sandbox.RunAsync(new SandboxCommand(["bash", "-c", $"test -S {path}"]) { KeepsPrivileges = true }));
            Assert.NotEqual(0, await sandbox.RunAsync(Bash($"{script} 2>/dev/null")));
            Assert.Equal(0, await sandbox.RunAsync(Bash("test -k /run/lock && test -z \"$(ls -A /run/lock)\"")));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task ANameServerFileThatIsALinkIntoRunIsTheSandboxsOwn()
    {
        // As systemd-resolved has it, on a machine whose /etc is a copy.
        const string machine = "mount -t tmpfs none /run && cp -a /etc /run/etc && mkdir -p /run/systemd/resolve "
            + "&& echo nameserver 192.0.2.53 >/run/systemd/resolve/stub-resolv.conf "
            + "&& ln -sf ../run/systemd/resolve/stub-resolv.conf /run/etc/resolv.conf && mount --bind /run/etc /etc && \"$@\"";
        using var owner = ExecOwner.Start("test -L /etc/resolv.conf && cat /etc/resolv.conf", "unshare", "--net", "--mount", "sh", "-c", machine, "sh");
        var name = await owner.ReadLineAsync();

        Assert.Equal($"nameserver {Slot(name).GatewayIPv4}\n", await owner.ReadToEndAsync());
    }

    [Fact]
    public async Task TheCommandsEnvironmentIsTheCallers()
    {
        using var owner = ExecOwner.Start("echo $names $(umask)", "env", "names=1", "sh", "-c", "umask 027 && \"$@\"", "sh");
        await owner.ReadLineAsync();

        Assert.Equal("1 0027\n", await owner.ReadToEndAsync());
    }

    [Fact]
    public async Task TwentyInParallelDoNotMeet()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => MakeAsync()));
        try
        {
            Assert.Equal(20, made.Select(one => one.Name).Distinct().Count());
            Assert.Equal(40, made.SelectMany(one => one.GatewayAddresses).Distinct().Count());
            await Task.WhenAll(made.Select(GreetAsync));
        }
        finally
        {
            foreach (var one in made)
            {
                await one.DisposeAsync();
            }
        }

        foreach (var one in made)
        {
            await AssertNothingLeftAsync(one.Name);
        }
    }

    [Fact]
    public async Task SeveralProcessesShareTheMachine()
    {
        var owners = Enumerable.Range(0, 4).Select(number => ExecOwner.Start($"read -r line; exit {number + 40}")).ToList();
        var names = await Task.WhenAll(owners.Select(owner => owner.ReadLineAsync()));
        Assert.Equal(4, names.Distinct().Count());
        for (var number = 0; number < owners.Count; number++)
        {
            owners[number].Resume();
            Assert.Equal(number + 40, await owners[number].StatusAsync());
            await AssertNothingLeftAsync(names[number]);
            owners[number].Dispose();
        }
    }

    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Hangup)]
    [InlineData(Signals.User1)]
    public async Task SignalsArePassedOn(int signal)
    {
        // A shell that runs the tests in the background has them ignore SIGINT, and no trap undoes that.
        using var owner = ExecOwner.Start(
            $"trap 'exit 42' {signal}; echo ready; while :; do read -r line; done", "env", "--default-signal");
        var name = await owner.ReadLineAsync();
        Assert.Equal("ready", await owner.ReadLineAsync());

        owner.Signal(signal);

        Assert.Equal(42, await owner.StatusAsync());
        await AssertNothingLeftAsync(name);
    }

    [Fact]
    public async Task WhatTheCommandLeftBehindEndsWithIt()
    {
        using var owner = ExecOwner.Start("setsid sleep 1000 & exit 3");
        var name = await owner.ReadLineAsync();

        Assert.Equal("", await owner.ReadToEndAsync());
        Assert.Equal(3, await owner.StatusAsync());
        await AssertNothingLeftAsync(name);
    }

    [Fact]
    public async Task AKilledOwnerTakesItsCommandAlongAndTheNextRunClearsTheRest()
    {
        using var owner = ExecOwner.Start("echo ready; exec sleep 1000");
        var name = await owner.ReadLineAsync();
        Assert.Equal("ready", await owner.ReadLineAsync());

        owner.Signal(Signals.Kill);
        Assert.Equal("", await owner.ReadToEndAsync());
        Assert.Equal(137, await owner.StatusAsync());

        await SandboxNamespace.ClearLeftoversAsync();
        await AssertNothingLeftAsync(name);
    }

    // The second is what two first runs of `ip netns add` at once can leave: a file that a mount below hides from being removed.
    [Theory]
    [InlineData("ip netns add sniproxy-exec-0", "sniproxy-exec-0")]
    [InlineData("mkdir /run/netns && touch /run/netns/sniproxy-exec-0 && mount --bind /etc/hostname /run/netns/sniproxy-exec-0 && mount --bind /run/netns /run/netns", "sniproxy-exec-1")]
    public async Task ANamespaceOfNobodysIsClearedOrPassedOver(string leftover, string expected)
    {
        // A machine of its own, where the first slots are surely nobody's.
        using var owner = ExecOwner.Start("exit 5", "unshare", "--net", "--mount", "sh", "-c", $"mount -t tmpfs none /run && {leftover} && \"$@\"", "sh");

        Assert.Equal(expected, await owner.ReadLineAsync());
        Assert.Equal("", await owner.ReadToEndAsync());
        Assert.Equal(5, await owner.StatusAsync());
    }

    [Fact]
    public async Task ARunThatLivesIsNotCleared()
    {
        await using var sandbox = await MakeAsync();

        await SandboxNamespace.ClearLeftoversAsync();

        Assert.Equal(0, await sandbox.RunAsync(Bash("exit 0")));
        Assert.True(await new Rules(new ExecWiring(Slot(sandbox.Name), true).Rules(sandbox.ListenerPort, sandbox.DnsPort)).IsInPlaceAsync());
    }

    [Fact]
    public async Task TheLastRunSetsTheKernelBackAndLeavesNothing()
    {
        // A machine of its own: network and /run are new, so that no other run can be the last one.
        const string limit = "/proc/sys/net/ipv4/icmp_ratelimit";
        using var owner = ExecOwner.Start(
            $"exit 0", "unshare", "--net", "--mount", "sh", "-c", $"mount -t tmpfs none /run && echo 400 >{limit} && \"$@\" && cat {limit} && test ! -e /run/sniproxy && echo gone", "sh");
        await owner.ReadLineAsync();

        Assert.Equal("400\ngone\n", await owner.ReadToEndAsync());
    }

    private static Task<SandboxNamespace> MakeAsync()
    {
        Assert.True(Environment.IsPrivilegedProcess, "these tests make network namespaces: run them as root");
        return SandboxNamespace.CreateAsync();
    }

    private static SandboxCommand Bash(string script, params object[] arguments) =>
        new(["bash", "-c", arguments.Length == 0 ? script : string.Format(System.Globalization.CultureInfo.InvariantCulture, script, arguments)]);

    private static Socket Listen(SandboxNamespace sandbox, AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(sandbox.GatewayAddresses.First(address => address.AddressFamily == family), sandbox.ListenerPort));
        socket.Listen();
        return socket;
    }

    private static async Task GreetAsync(SandboxNamespace sandbox)
    {
        using var listener = Listen(sandbox, AddressFamily.InterNetwork);
        var running = sandbox.RunAsync(Bash(Greeted, "203.0.113.9"));
        using var accepted = await GatewayLab.AcceptAsync(listener);
        await accepted.SendAsync("hello\n"u8.ToArray());
        Assert.Equal(0, await running);
    }

    private static ExecSlot Slot(string name)
    {
        Assert.True(ExecSlot.TryParse(name, out var slot), name);
        return slot;
    }

    private static async Task AssertNothingLeftAsync(string name)
    {
        var slot = Slot(name);
        Assert.DoesNotContain($"{name}\n", await ExternalCommand.DemandAsync(["ip", "netns", "list"]) + "\n");
        Assert.DoesNotContain($" {slot.Interface}@", await ExternalCommand.DemandAsync(["ip", "-brief", "link"]));
        Assert.DoesNotContain($" {slot.Table}\n", await ExternalCommand.DemandAsync(["nft", "list", "tables"]));
        Assert.DoesNotContain($"iif {slot.Interface} ", await ExternalCommand.DemandAsync(["ip", "rule"]));
        Assert.DoesNotContain($"iif {slot.Interface} ", await ExternalCommand.DemandAsync(["ip", "-6", "rule"]));
        Assert.False(Directory.Exists(slot.Folder));
        Assert.False(File.Exists(Path.Combine(SandboxNamespace.DefaultFolder, name)));
    }
}
