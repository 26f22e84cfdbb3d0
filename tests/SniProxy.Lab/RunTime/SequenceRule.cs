using System.Diagnostics;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.RunTime;

/// <summary>Once the sandbox is said to have read something sensitive, it uploads to nobody but whom the policy lists, until the window has passed.</summary>
public sealed class SequenceRule(Lab lab)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly Route Route = new(Door.Redirect, Family.IPv4);

    private static readonly ApplianceSettings Settings = ApplianceSettings.With("""
        version: 1
        default: audit
        rules:
          - allowed.example
          - deny: any
            when: { signal: sensitive_read, within: 6s }
            reason: nothing leaves after reading
        """);

    [Fact]
    public async Task UploadsToOthersAreDeniedForAWhileAfterReading()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        Assert.True(await UploadsAsync(Places.Other));
        using var open = await lab.Sandbox.ConnectAsync(Places.Other.At(Family.IPv4, 443));
        await open.SendAllAsync(Hello.For(Places.Other.Name));
        Assert.True(await TlsRecord.ReadAsync(open, Soon) is { IsServerHello: true });

        var mark = appliance.Events.Mark;
        var asked = Stopwatch.GetTimestamp();
        (await appliance.ApiAsync(HttpMethod.Post, $"/sandboxes/{ApplianceSettings.SandboxId}/signals", """{"name":"sensitive_read"}""")).MustSucceed();
        var acknowledged = Stopwatch.GetTimestamp();

        // What was open ends as well.
        await appliance.Events.FirstAsync(mark, e => e.Is("ending", "revoked") && e.Is("reason", "policy_changed") && e.Is("name", Places.Other.Name));
        Assert.InRange(Stopwatch.GetElapsedTime(acknowledged), TimeSpan.Zero, Soon);
        Assert.False(await UploadsAsync(Places.Other));
        var told = await appliance.Events.FirstAsync(mark, e => e.Is("verdict", "deny"));
        Assert.True(told.Is("name", Places.Other.Name) && told["message"]?.Contains("nothing leaves after reading", StringComparison.Ordinal) == true, told.ToString());
        Assert.True(await UploadsAsync(Places.Allowed));

        var isOver = false;
        while (!isOver)
        {
            var begun = Stopwatch.GetElapsedTime(acknowledged);
            isOver = await UploadsAsync(Places.Other);
            Assert.True(isOver || begun < Window, $"denied {begun} after the signal");
            Assert.True(!isOver || Stopwatch.GetElapsedTime(asked) >= Window, $"let through {Stopwatch.GetElapsedTime(asked)} after the signal");
        }
    }

    private async Task<bool> UploadsAsync(Place to)
    {
        var result = await Clients.CurlAsync(lab.Sandbox, Route, $"https://{to.Name}/upload", "--data-binary", new string('x', 10_000));
        return result.Output == $"taken by {to.Name}\n";
    }
}
