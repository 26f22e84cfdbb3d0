using System.Net;
using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Refuse;

/// <summary>A refusal comes at once: measured at the socket, from the last byte of the first message to the answer's first, warm.</summary>
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
    [Trait("Set", "correctness")]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public Task AlertComesWithinATenthOfASecond(Door door, Family family) =>
        MeasureAsync(door, Places.Denied.At(family, 443), Hello.For(Places.Denied.Name), IsAlert);

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public Task AlertComesWithinATenthOfASecondForAHelloOfTwoSegments(Door door, Family family) =>
        MeasureAsync(door, Places.Denied.At(family, 443), Hello.BigFor(Places.Denied.Name), IsAlert);

    [Theory]
    [Trait("Set", "correctness")]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public Task ForbiddenComesWithinATenthOfASecond(Door door, Family family) =>
        MeasureAsync(door, Places.Denied.At(family, 80), Clients.Request(Places.Denied.Name, "/"), refusal => refusal.Bytes.AsSpan().StartsWith("HTTP/1.1 403 "u8));

    [Theory]
    [Trait("Set", "correctness")]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public Task ResetComesWithinATenthOfASecond(Door door, Family family) =>
        MeasureAsync(door, Places.Denied.At(family, 7), "SSH-2.0-lab\r\n"u8.ToArray(), refusal => refusal.WasReset);

    private static bool IsAlert(Refusal refusal) => refusal.Alert == Refusal.AccessDenied;

    private async Task MeasureAsync(Door door, IPEndPoint destination, byte[] first, Func<Refusal, bool> isRefused)
    {
        await lab.ApplianceAsync(Unlimited, door);
        var route = new Route(door, destination.AddressFamily == AddressFamily.InterNetwork ? Family.IPv4 : Family.IPv6);
        var times = new List<TimeSpan>();
        for (var i = 0; i < WarmUps + Samples; i++)
        {
            var refusal = await Refusal.OfAsync(lab.Sandbox, route, Places.Denied.Name, destination, first);
            Assert.True(isRefused(refusal) || (door == Door.Explicit && refusal.ByProxy), refusal.ToString());
            times.Add(refusal.Elapsed);
        }

        var sorted = times.Skip(WarmUps).Order().ToArray();
        Assert.True(sorted[NinetyFifth] <= Limit, $"p95 {sorted[NinetyFifth].TotalMilliseconds} ms, median {sorted[Samples / 2].TotalMilliseconds} ms");
    }
}
