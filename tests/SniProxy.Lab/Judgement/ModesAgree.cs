using System.Net.Sockets;
using System.Text;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Judgement;

/// <summary>
/// The same flows under enforce, shadow and observe: what enforce denies, the others let through to where it was sent and say, with the same
/// reason and for nothing else, that it would be denied. The guard's never stays a no.
/// </summary>
public sealed class ModesAgree(Lab lab)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Samples that never finish their hello would make each mode take ten seconds.</summary>
    private static readonly ApplianceSettings Settings = ApplianceSettings.With(Samples.Policy)
        .Set("Proxy:FirstByteTimeout", "00:00:01").Set("Proxy:ClientHelloTimeout", "00:00:01");

    [Fact]
    public async Task WatchingTellsExactlyWhatEnforceDenies()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        try
        {
            var enforced = await RunAsync(appliance, "enforce");
            foreach (var mode in (string[])["shadow", "observe"])
            {
                var watched = await RunAsync(appliance, mode);
                Assert.Multiple([.. Samples.All.Select(sample => (Action)(() => AssertAgree(sample, enforced[sample], watched[sample])))]);
            }
        }
        finally
        {
            await SetModeAsync(appliance, "enforce");
        }
    }

    [Theory]
    [InlineData("enforce")]
    [InlineData("shadow")]
    [InlineData("observe")]
    public async Task SecondRequestForAnotherHostIsItsOwnDecision(string mode)
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        try
        {
            await SetModeAsync(appliance, mode);
            await BindAsync();
            var mark = appliance.Events.Mark;
            var answer = await SendAsync(Samples.SecondRequest);
            var told = await appliance.Events.FirstAsync(mark, e => e.Is("kind", "request"));
            Assert.True(told.Is("reason", "name_mismatch") && told.Is("name", Places.Denied.Name), told.ToString());
            if (mode == "enforce")
            {
                Assert.True(told.Is("verdict", "deny") && told["wouldBe"] is null, told.ToString());
                Assert.Contains("HTTP/1.1 403", answer, StringComparison.Ordinal);
                return;
            }

            Assert.True(told.Is("verdict", "audit") && told.Is("wouldBe", "deny"), told.ToString());
            Assert.StartsWith($"[{mode}] would deny", told["message"], StringComparison.Ordinal);
            Assert.DoesNotContain("403", answer, StringComparison.Ordinal);
        }
        finally
        {
            await SetModeAsync(appliance, "enforce");
        }
    }

    private static void AssertAgree(Sample sample, Outcome enforced, Outcome watched)
    {
        var shown = $"{sample}\nenforce: {enforced}\nwatching: {watched}";
        var (before, after) = (enforced.Told, watched.Told);
        if (sample.Expected == Expected.NeverPasses)
        {
            Assert.True(before.Is("verdict", "deny") && after.Is("verdict", "deny") && before["reason"] == after["reason"], shown);
            Assert.True(after.Is("reason", "guard_never") && after["wouldBe"] is null && watched.Arrived == Traffic.None, shown);
            return;
        }

        Assert.True(before.Is("verdict", sample.Expected == Expected.Denied ? "deny" : "allow"), shown);
        Assert.True(before["wouldBe"] is null, shown);
        if (sample.Expected == Expected.Passes)
        {
            Assert.True(after.Is("verdict", "allow") && after["wouldBe"] is null && before["reason"] == after["reason"], shown);
            return;
        }

        Assert.True(before["rewritten"] == (sample.Expected == Expected.Redialled ? "true" : "false"), shown);
        Assert.True(enforced.Arrived == Traffic.None, shown);
        var reason = sample.Expected == Expected.Redialled ? "unbound_name" : before["reason"];
        Assert.True(after.Is("verdict", "audit") && after.Is("wouldBe", "deny") && after["reason"] == reason, shown);
        Assert.True(after["message"]?.StartsWith("[shadow] would deny: ", StringComparison.Ordinal) == true, shown);
        Assert.True(after["rewritten"] == "false" && after["dialled"] == sample.To.ToString(), shown);
        // All of them, to where they were sent.
        Assert.True(watched.Arrived.PayloadBytes == sample.Parts.Sum(p => p.Length), shown);
    }

    private async Task<Dictionary<Sample, Outcome>> RunAsync(Appliance appliance, string mode)
    {
        await SetModeAsync(appliance, mode);
        await BindAsync();
        var outcomes = new Dictionary<Sample, Outcome>();
        foreach (var sample in Samples.All)
        {
            var mark = appliance.Events.Mark;
            var family = sample.To.AddressFamily == AddressFamily.InterNetwork ? Family.IPv4 : Family.IPv6;
            var place = Places.Internet.Concat(Places.BeyondReach).First(p => p.At(family).Equals(sample.To.Address));
            var before = await lab.TrafficAsync(place, family);
            var answer = await SendAsync(sample);
            var told = await appliance.Events.FirstAsync(mark, e => e.Is("kind", "flow") && e["originalDestination"] == sample.To.ToString());
            outcomes[sample] = new Outcome(told, answer, await lab.TrafficAsync(place, family) - before);
        }

        return outcomes;
    }

    /// <summary>The questions that bind the allowed names; only where nothing is enforced the one for a private host is answered too.</summary>
    private async Task BindAsync()
    {
        await Clients.ResolveAsync(lab.Sandbox, Places.Private.Name, Family.IPv4);
        foreach (var place in (Place[])[Places.Allowed, Places.Other])
        {
            Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, place.Name, Family.IPv4));
            Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, place.Name, Family.IPv6));
        }
    }

    private static async Task SetModeAsync(Appliance appliance, string mode) =>
        (await appliance.ApiAsync(HttpMethod.Put, $"/sandboxes/{ApplianceSettings.SandboxId}/mode", $$"""{"mode":"{{mode}}"}""")).MustSucceed();

    // What came back: one answer to each part.
    private async Task<string> SendAsync(Sample sample)
    {
        using var socket = lab.Sandbox.CreateSocket(sample.To.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        var answer = "";
        try
        {
            await socket.ConnectAsync(sample.To);
            foreach (var part in sample.Parts)
            {
                await socket.SendAllAsync(part);
                answer += await AnyAnswerAsync(socket);
            }
        }
        catch (Exception end) when (end is SocketException or OperationCanceledException)
        {
            answer += end.GetType().Name;
        }

        return answer;
    }

    private static async Task<string> AnyAnswerAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var buffer = new byte[16384];
        var count = await socket.ReceiveAsync(buffer, deadline.Token);
        return Encoding.Latin1.GetString(buffer, 0, count);
    }

    private sealed record Outcome(LoggedEvent Told, string Answer, Traffic Arrived)
    {
        public override string ToString() => $"{Told}\n  answer [{Answer.Length} bytes: {Convert.ToHexString(Encoding.Latin1.GetBytes(Answer[..Math.Min(40, Answer.Length)]))}], arrived {Arrived}";
    }
}
