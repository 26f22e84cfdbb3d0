namespace SniProxy.Proxy.Loops;

/// <summary>The pipes of one loop. A relay borrows one for as long as bytes are in it; where none is left it copies.</summary>
internal sealed class PipePool(int maxPipes) : IDisposable
{
    /// <summary>As much as an unprivileged process may have (pipe(7), pipe-max-size); 64 KiB pipes cost twice the processor time.</summary>
    public const int PipeBytes = 1024 * 1024;

    /// <summary>Each end of a pipe is one.</summary>
    public const int DescriptorsPerPipe = 2;

    private readonly Stack<LoopPipe> idle = new();
    private int made;

    public LoopPipe? Rent()
    {
        if (idle.TryPop(out var pipe))
        {
            return pipe;
        }

        if (made >= maxPipes || Kernel.OpenPipe(PipeBytes, out var output, out var input) < 0)
        {
            return null;
        }

        made++;
        return new LoopPipe(output, input);
    }

    /// <summary>Takes one back; one that still holds bytes of somebody's is closed.</summary>
    public void Return(LoopPipe pipe)
    {
        if (pipe.Held == 0)
        {
            idle.Push(pipe);
            return;
        }

        pipe.Close();
        made--;
    }

    public void Dispose()
    {
        while (idle.TryPop(out var pipe))
        {
            pipe.Close();
        }
    }
}
