using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Proxy;

/// <summary>Waits until what is open has been judged again.</summary>
internal static class OpenFlowPass
{
    /// <summary>A name that every policy denies is bound and goes with the next pass: one has been made from beginning to end.</summary>
    public static async Task PassedAsync(this ProxyDoor door)
    {
        for (var pass = 0; pass < 2; pass++)
        {
            var marker = $"marker-{Guid.NewGuid():n}.example";
            door.Resolutions.Learn(long.MaxValue, Wire.Host(marker), [ProxyDoor.Of("203.0.113.77")], TimeSpan.FromHours(1));
            door.OpenFlows.Ask();
            while (door.Resolutions.IsBound(long.MaxValue, Wire.Host(marker), ProxyDoor.Of("203.0.113.77")))
            {
                await Task.Yield();
            }
        }
    }
}
