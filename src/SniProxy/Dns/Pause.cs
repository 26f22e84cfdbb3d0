namespace SniProxy.Dns;

/// <summary>A wait that ends early, and quietly, when the door closes.</summary>
internal static class Pause
{
    public static async Task ForAsync(TimeSpan time, CancellationToken stopping) =>
        await Task.Delay(time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
