using System.Diagnostics;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.RunTime;

/// <summary>A grant's time, to the connection: what was made wholly within it passes, and what was begun when it was over does not.</summary>
public sealed class GrantTimes(Lab lab)
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(2);

    // A sandbox that opens connections as fast as it can is refused for that.
    private static readonly TimeSpan BetweenConnections = TimeSpan.FromMilliseconds(15);
    private static readonly byte[] HelloToDenied = Hello.For(Places.Denied.Name);

    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public async Task OpensAndClosesExactly(Door door)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        Assert.False(await PassesAsync());
        var asked = Stopwatch.GetTimestamp();
        (await appliance.ApiAsync(
            HttpMethod.Post, "/grants", $$"""{"sandbox":"{{ApplianceSettings.SandboxId}}","entries":["{{Places.Denied.Name}}"],"ttl":"2s"}""")).MustSucceed();
        var acknowledged = Stopwatch.GetTimestamp();
        var (within, after) = (0, 0);
        while (after < 10)
        {
            var begun = Stopwatch.GetElapsedTime(acknowledged);
            var passes = await PassesAsync();
            var ended = Stopwatch.GetElapsedTime(asked);
            Assert.True(passes || ended > Ttl, $"denied {ended} after it was asked for");
            Assert.True(!passes || begun < Ttl, $"let through {begun} after it was given");
            within += passes ? 1 : 0;
            after += begun >= Ttl ? 1 : 0;
            await Task.Delay(BetweenConnections);
        }

        Assert.True(within > 10, $"{within} connections in two seconds show little");
    }

    private async Task<bool> PassesAsync() => await Attempt.OfAsync(lab.Sandbox, Places.Denied.At(Family.IPv4, 443), HelloToDenied) switch
    {
        { IsServerHello: true } => true,
        { IsAccessDenied: true } => false,

        // Let through, and closed in the middle of the answer, for its time was over.
        null => false,
        var other => throw new LabException($"neither served nor refused: {other}"),
    };
}
