using System.Runtime.InteropServices;

namespace SniProxy.Enforcement;

/// <summary>Socket options by descriptor, for those that no runtime knows (getsockopt(2)).</summary>
internal static partial class SocketOption
{
    /// <summary>How many bytes the kernel wrote, or -1 where it has no answer.</summary>
    public static int Read(int descriptor, int level, int option, Span<byte> value)
    {
        var length = value.Length;
        return Get(descriptor, level, option, ref MemoryMarshal.GetReference(value), ref length) == 0 ? length : -1;
    }

    public static bool Write(int descriptor, int level, int option, int value) => Set(descriptor, level, option, in value, sizeof(int)) == 0;

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static partial int Get(int descriptor, int level, int option, ref byte value, ref int length);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    private static partial int Set(int descriptor, int level, int option, in int value, int length);
}
