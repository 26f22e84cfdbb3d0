namespace SniProxy.Proxy.Loops;

/// <summary>A pipe through which the kernel moves bytes from socket to socket without copying them into this process (splice(2)).</summary>
internal sealed class LoopPipe(int output, int input)
{
    public int Output => output;

    public int Input => input;

    /// <summary>Bytes that are in it.</summary>
    public int Held { get; set; }

    public void Close()
    {
        Kernel.Close(output);
        Kernel.Close(input);
    }
}
