using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Refuse;

/// <summary>A refusal comes at once: measured at the socket, from the hello's last byte to the alert's first, warm.</summary>
[Trait("Set", "correctness")]
public sealed class RefusalTime(Lab lab)
{
    private const int WarmUps = 10;
    private const int Samples = 50;

    /// <summary>The 48th of 50 in order.</summary>
    private const int NinetyFifth = Samples * 95 / 100;

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    /// <summary>So many refusals in a row would run into the default of new connections a second.</summary>
    private static readonly ApplianceSettings Unlimited = LabPolicies.Ordinary.Set("Proxy:NewConnectionsPerSecondPerSandbox", 100_000);

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public Task AlertComesWithinATenthOfASecond(Door door, Family family) => MeasureAsync(door, family, Hello.For(Places.Denied.Name));

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public Task AlertComesWithinATenthOfASecondForAHelloOfTwoSegments(Door door, Family family) =>
        MeasureAsync(door, family, Hello.BigFor(Places.Denied.Name));

    private async Task MeasureAsync(Door door, Family family, byte[] hello)
    {
        await lab.ApplianceAsync(Unlimited, door);
        var times = new List<TimeSpan>();
        for (var i = 0; i < WarmUps + Samples; i++)
        {
            var refusal = await Refusal.OfAsync(
                lab.Sandbox, new Route(door, family), Places.Denied.Name, Places.Denied.At(family, 443), hello);
            Assert.True(refusal.Alert == Refusal.AccessDenied || (door == Door.Explicit && refusal.ByProxy), refusal.ToString());
            times.Add(refusal.Elapsed);
        }

        var sorted = times.Skip(WarmUps).Order().ToArray();
        Assert.True(sorted[NinetyFifth] <= Limit, $"p95 {sorted[NinetyFifth].TotalMilliseconds} ms, median {sorted[Samples / 2].TotalMilliseconds} ms");
    }
}
