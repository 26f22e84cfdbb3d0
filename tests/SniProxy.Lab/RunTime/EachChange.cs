using System.Diagnostics;
using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.RunTime;

/// <summary>Changes of other kinds than a policy's, made through the API: each closes what it denies within a second, and nothing else.</summary>
public sealed class EachChange(Lab lab) : IAsyncLifetime
{
    private const string Mode = $"/sandboxes/{ApplianceSettings.SandboxId}/mode";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly ApplianceSettings Settings = ApplianceSettings.With("""
        version: 1
        default: allow
        rules: [allowed.example]
        """);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>What a test has changed would be the next one's surprise.</summary>
    public async ValueTask DisposeAsync()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        await ChangeAsync(appliance, "/strict", """{"on":false}""");
        await ChangeAsync(appliance, Mode, """{"strict":false,"paused":false}""");
    }

    // Open are: one that nothing denies, one that a rule allows, and the neighbour's that nothing denies.
    [Theory]
    [InlineData(Door.Redirect, "/strict", """{"on":true}""", "1")]
    [InlineData(Door.TProxy, "/strict", """{"on":true}""", "1")]
    [InlineData(Door.Redirect, Mode, """{"strict":true}""", "1,2")]
    [InlineData(Door.Redirect, Mode, """{"paused":true}""", "2")]
    [InlineData(Door.TProxy, Mode, """{"paused":true}""", "2")]
    public async Task ClosesWhatItDeniesWithinASecond(Door door, string path, string body, string staying)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        foreach (var place in (Place[])[Places.Allowed, Places.Other])
        {
            Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, place.Name, Family.IPv4));
        }

        Socket[] open = [await OpenAsync(lab.Sandbox, Places.Other), await OpenAsync(lab.Sandbox, Places.Allowed), await OpenAsync(lab.SecondSandbox, Places.Other)];
        try
        {
            var stay = staying.Split(',').Select(int.Parse).ToHashSet();
            var mark = appliance.Events.Mark;
            await ChangeAsync(appliance, path, body);
            var acknowledged = Stopwatch.GetTimestamp();
            await Task.WhenAll(open.Where((_, at) => !stay.Contains(at)).Select(EndAsync));
            Assert.InRange(Stopwatch.GetElapsedTime(acknowledged), TimeSpan.Zero, Soon);
            await Waiting.UntilAsync(
                () => appliance.Events.Since(mark).Count(e => e.Is("ending", "revoked") && e.Is("reason", "policy_changed")) == open.Length - stay.Count, Patience, () => "not told");
            Assert.Equal(stay.Count, await appliance.MetricAsync("sniproxy_active_connections"));
        }
        finally
        {
            open.ToList().ForEach(socket => socket.Dispose());
        }
    }

    private static async Task ChangeAsync(Appliance appliance, string path, string body) => (await appliance.ApiAsync(HttpMethod.Put, path, body)).MustSucceed();

    // In the middle of a handshake, where the server waits for the client.
    private static async Task<Socket> OpenAsync(Namespace sandbox, Place place)
    {
        var socket = await sandbox.ConnectAsync(place.At(Family.IPv4, 443));
        await socket.SendAllAsync(Hello.For(place.Name));
        Assert.True(await TlsRecord.ReadAsync(socket, Patience) is { IsServerHello: true });
        return socket;
    }

    private static async Task EndAsync(Socket socket)
    {
        try
        {
            await socket.ReceiveToEndAsync(Patience);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The way a connection ends that nobody has words for.
        }
    }
}
