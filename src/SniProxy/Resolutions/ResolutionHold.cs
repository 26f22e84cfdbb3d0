namespace SniProxy.Resolutions;

/// <summary>A flow's hold on the bindings it began under; disposing of it twice is the same as once.</summary>
internal sealed class ResolutionHold(SandboxBindings owner, NamedAddress first, IReadOnlyList<NamedAddress> others) : IDisposable
{
    private int released;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref released, 1) == 0)
        {
            owner.Release(first, others);
        }
    }
}
