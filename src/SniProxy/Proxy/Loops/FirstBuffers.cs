using System.Buffers;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// Buffers of the size that first messages take, a stack of them for each loop. The runtime's pool keeps a few for a thread, and a loop holds one for
/// each connection that waits for its upstream: a quarter of what a connection left to the collector was a buffer that the pool had no room for.
/// </summary>
internal static class FirstBuffers
{
    /// <summary>Most first messages are shorter: a ClientHello with a post-quantum share has 1.8 KB.</summary>
    public const int Bytes = 4096;

    // 1 MiB a loop.
    private const int MostSpare = 256;

    // A loop is a thread, and no other one touches its buffers.
    [ThreadStatic]
    private static Stack<byte[]>? spare;

    public static byte[] Rent(int wantedBytes) =>
        wantedBytes > Bytes ? ArrayPool<byte>.Shared.Rent(wantedBytes)
        : spare is { } mine && mine.TryPop(out var buffer) ? buffer
        : GC.AllocateUninitializedArray<byte>(Bytes);

    public static void Return(byte[] buffer)
    {
        if (buffer.Length != Bytes)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        else if ((spare ??= new(MostSpare)).Count < MostSpare)
        {
            spare.Push(buffer);
        }
    }
}
