namespace SniProxy.Resolutions.Synthetic;

/// <summary>A flow's hold on the name it leads to; disposing of it twice is the same as once.</summary>
internal sealed class SyntheticHold(SyntheticNames owner, SyntheticName name) : IDisposable
{
    private int released;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref released, 1) == 0)
        {
            owner.Release(name);
        }
    }
}
