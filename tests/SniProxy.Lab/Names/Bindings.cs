using System.Net;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Names;

/// <summary>
/// What our DNS told a sandbox holds for connections of that sandbox: the address it was given is dialled, any other leads to a dial by name, and a
/// protocol without a name has nothing else to be judged by.
/// </summary>
public sealed class Bindings(Lab lab) : IAsyncLifetime
{
    private const string First = "first.example";
    private const string Second = "second.example";
    private const int Ssh = 22;

    private static readonly byte[] HelloToFirst = Hello.For(First);
    private static readonly byte[] HelloToSecond = Hello.For(Second);

    private static readonly ApplianceSettings Settings = ApplianceSettings.With($$"""
        version: 1
        mode: enforce
        default: deny
        rules: [{deny: 'ssh://{{Second}}'}, {{First}}, {{Second}}, 'ssh://{{First}}', allowed.example]
        """);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Other tests' sandboxes and bindings are not these.</summary>
    public async ValueTask DisposeAsync() => await lab.EndApplianceAsync();

    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public async Task EveryAddressThatWasAnsweredIsDialledAsItIs(Door door)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        IPAddress[] rotation = [Places.Allowed.V4, Places.Other.V4, Places.Denied.V4];
        foreach (var address in rotation)
        {
            await lab.Dns.SetAsync(First, address.ToString());
            await AnsweredAsync(lab.Sandbox, First, address);
        }

        // The older ones first, and each again: a new answer takes nothing from those before it.
        foreach (var address in rotation.Concat(rotation.Reverse()))
        {
            await ConnectAsync(appliance, lab.Sandbox, HelloToFirst, address, isBound: true, dialled: address);
        }

        // The neighbour was told nothing.
        await ConnectAsync(appliance, lab.SecondSandbox, HelloToFirst, Places.Other.V4, isBound: false, dialled: Places.Denied.V4);
    }

    [Fact]
    public async Task AnAddressOfTwoNamesIsBoundToEachThatWasAskedForAndDeniedForAnyOfThem()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        var address = Places.Allowed.V4;
        await lab.Dns.SetAsync(First, address.ToString());
        await lab.Dns.SetAsync(Second, address.ToString());
        await AnsweredAsync(lab.Sandbox, First, address);
        await ConnectAsync(appliance, lab.Sandbox, HelloToFirst, address, isBound: true, dialled: address);
        await ConnectAsync(appliance, lab.Sandbox, HelloToSecond, address, isBound: false, dialled: address);
        Assert.True(await IsGreetedAsync(lab.Sandbox, address), "SSH to the only name of the address");

        await AnsweredAsync(lab.Sandbox, Second, address);
        await ConnectAsync(appliance, lab.Sandbox, HelloToFirst, address, isBound: true, dialled: address);
        await ConnectAsync(appliance, lab.Sandbox, HelloToSecond, address, isBound: true, dialled: address);
        Assert.False(await IsGreetedAsync(lab.Sandbox, address), "SSH to an address that is also one of a name to which a rule denies it");
    }

    [Fact]
    public async Task AfterARestartNamesAreDialledAndNamelessConnectionsWaitForAnAnswer()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        var address = Places.Allowed.V4;
        await lab.Dns.SetAsync(First, address.ToString());
        await AnsweredAsync(lab.Sandbox, First, address);
        await ConnectAsync(appliance, lab.Sandbox, HelloToFirst, address, isBound: true, dialled: address);
        appliance.Signal(Signals.Kill);
        await appliance.Process.ExitAsync(TimeSpan.FromSeconds(5));
        await appliance.RestartAsync();

        await lab.Dns.SetAsync(First, Places.Other.V4.ToString());
        await ConnectAsync(appliance, lab.Sandbox, HelloToFirst, address, isBound: false, dialled: Places.Other.V4);
        Assert.False(await IsGreetedAsync(lab.Sandbox, address), "SSH to what another life of the appliance was told");
        await lab.Dns.SetAsync(First, address.ToString());
        await AnsweredAsync(lab.Sandbox, First, address);
        Assert.True(await IsGreetedAsync(lab.Sandbox, address));
    }

    [Fact]
    public async Task WhoeverGetsTheAddressesOfASandboxGetsNoneOfItsBindings()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        var address = Places.Other.V4;
        await lab.Dns.SetAsync(First, address.ToString());
        await AnsweredAsync(lab.Sandbox, First, address);
        await ConnectAsync(appliance, lab.Sandbox, HelloToFirst, address, isBound: true, dialled: address);

        (await appliance.ApiAsync(HttpMethod.Delete, $"/sandboxes/{ApplianceSettings.SandboxId}")).MustSucceed();
        await RegisterAsync(appliance, "next");
        await lab.Dns.SetAsync(First, Places.Allowed.V4.ToString());
        var told = await ConnectAsync(appliance, lab.Sandbox, HelloToFirst, address, isBound: false, dialled: Places.Allowed.V4);
        Assert.True(told.Is("sandbox", "next"), told.ToString());
        await AnsweredAsync(lab.Sandbox, First, Places.Allowed.V4);
        Assert.True(await IsGreetedAsync(lab.Sandbox, Places.Allowed.V4));

        // The same once more under the same name: it is another life.
        (await appliance.ApiAsync(HttpMethod.Delete, "/sandboxes/next")).MustSucceed();
        await RegisterAsync(appliance, "next");
        Assert.False(await IsGreetedAsync(lab.Sandbox, Places.Allowed.V4), "SSH to what another life was told");
    }

    /// <summary>Its clock is put on: past the time to live the address is still known, and six minutes later the name is dialled.</summary>
    [Fact]
    [Trait("Tier", "full")]
    public async Task ABindingOutlivesItsTimeToLiveByFiveMinutes()
    {
        using var clock = new MovedClock();
        var appliance = await lab.ApplianceAsync(Settings.Under(clock.Launcher), Door.Redirect);
        var address = Places.Other.V4;
        await lab.Dns.SetAsync(First, address.ToString());
        await AnsweredAsync(lab.Sandbox, First, address);
        await lab.Dns.SetAsync(First, Places.Allowed.V4.ToString());
        foreach (var (seconds, isBound) in ((int, bool)[])[(0, true), (2, true), (200, true), (295, true), (306, false)])
        {
            clock.Advance(TimeSpan.FromSeconds(seconds));
            await ConnectAsync(
                appliance, lab.Sandbox, HelloToFirst, address, isBound, dialled: isBound ? address : Places.Allowed.V4);
        }
    }

    private static Task<ApiAnswer> RegisterAsync(Appliance appliance, string id) => SucceedAsync(appliance.ApiAsync(
        HttpMethod.Put, $"/sandboxes/{id}",
        $$"""{"addresses":["{{Places.Sandbox.V4}}","{{Places.Sandbox.V6}}"],"interface":"{{Topology.SandboxInterface}}","policy":"{{ApplianceSettings.PolicyName}}"}"""));

    private static async Task<ApiAnswer> SucceedAsync(Task<ApiAnswer> answering)
    {
        var answer = await answering;
        answer.MustSucceed();
        return answer;
    }

    // What was cached a second ago is still told.
    private static Task AnsweredAsync(Namespace sandbox, string name, IPAddress address) => Waiting.UntilAsync(
        async () => (await Question.AskAsync(sandbox, Places.Resolver.V4, name, tcp: false)).AsSpan().IndexOf(address.GetAddressBytes()) > 0,
        TimeSpan.FromSeconds(5),
        () => $"{name} is not answered with {address}");

    private static async Task<LoggedEvent> ConnectAsync(
        Appliance appliance, Namespace sandbox, byte[] hello, IPAddress address, bool isBound, IPAddress dialled)
    {
        LoggedEvent? told = null;
        // An address that the appliance resolved itself a second ago may still be the one it knows.
        await Waiting.UntilAsync(
            async () =>
            {
                var mark = appliance.Events.Mark;
                var record = await Attempt.OfAsync(sandbox, new IPEndPoint(address, 443), hello);
                told = await appliance.Events.FirstAsync(mark, e => e.Is("kind", "flow") && e.Is("originalDestination", $"{address}:443"));
                Assert.True(record is { IsServerHello: true }, $"{record}: {told}");
                Assert.True(told["bound"] == (isBound ? "true" : "false"), told.ToString());
                return told["dialled"] == new IPEndPoint(dialled, 443).ToString();
            },
            isBound ? TimeSpan.Zero : TimeSpan.FromSeconds(3),
            () => $"not dialled at {dialled}: {told}");
        return told ?? throw new LabException("no event");
    }

    private static async Task<bool> IsGreetedAsync(Namespace sandbox, IPAddress address)
    {
        try
        {
            using var socket = await sandbox.ConnectAsync(new IPEndPoint(address, Ssh));
            return (await socket.ReceiveAsync(4, TimeSpan.FromSeconds(5))).AsSpan().SequenceEqual("SSH-"u8);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
