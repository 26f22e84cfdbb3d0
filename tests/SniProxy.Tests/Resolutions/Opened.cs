namespace SniProxy.Tests.Resolutions;

/// <summary>What a test has opened, and is closed when it ends: the last one first.</summary>
internal sealed class Opened : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> all = new();

    public T Keep<T>(T one)
        where T : IAsyncDisposable
    {
        all.Push(one);
        return one;
    }

    public async ValueTask DisposeAsync()
    {
        while (all.TryPop(out var one))
        {
            await one.DisposeAsync();
        }
    }
}
