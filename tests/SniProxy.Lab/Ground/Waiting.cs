using System.Diagnostics;

namespace SniProxy.Lab.Ground;

/// <summary>For what another process does and does not announce: asked again every few milliseconds until a deadline that fails loudly.</summary>
public static class Waiting
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static Task UntilAsync(Func<bool> done, TimeSpan within, Func<string> otherwise) =>
        UntilAsync(() => Task.FromResult(done()), within, otherwise);

    public static async Task UntilAsync(Func<Task<bool>> done, TimeSpan within, Func<string> otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (!await done())
        {
            if (watch.Elapsed > within)
            {
                throw new LabException($"{otherwise()} (waited {within})");
            }

            await Task.Delay(Pause);
        }
    }

    /// <summary>The first answer that is not null.</summary>
    public static async Task<T> ForAsync<T>(Func<Task<T?>> ask, TimeSpan within, Func<string> otherwise)
        where T : class
    {
        T? answer = null;
        await UntilAsync(async () => (answer = await ask()) is not null, within, otherwise);
        return answer ?? throw new LabException(otherwise());
    }
}
