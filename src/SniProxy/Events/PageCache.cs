using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SniProxy.Events;

/// <summary>
/// Keeps what was appended to a file from filling the page cache: nobody reads it soon, and it would push out what somebody does. Its pages go to
/// the disk a stretch at a time and are then given back, so that a busy appliance writes into few pages over and over.
/// </summary>
internal sealed partial class PageCache
{
    private const long Stretch = 1024 * 1024;

    // Those that the disk has not taken by the next stretch are given back with a later one.
    private const long LookBack = 16 * Stretch;

    // linux/fs.h SYNC_FILE_RANGE_WRITE, fcntl.h POSIX_FADV_DONTNEED
    private const uint StartWriting = 2;
    private const int NotNeeded = 4;

    private long handedOver;

    /// <summary>The file was opened, or put away and begun anew.</summary>
    public void Begin(long length) => handedOver = length;

    /// <summary>The file has grown to this length.</summary>
    public void Grown(FileStream stream, long length)
    {
        if (length - handedOver < Stretch || !stream.CanSeek || !OperatingSystem.IsLinux())
        {
            return;
        }

        // Advice: a file system that knows neither goes on as it would.
        var file = stream.SafeFileHandle;
        _ = sync_file_range(file, handedOver, length - handedOver, StartWriting);
        var from = Math.Max(0, handedOver - LookBack);
        _ = posix_fadvise(file, from, handedOver - from, NotNeeded);
        handedOver = length;
    }

    // Named as in the manual pages they cite.
#pragma warning disable IDE1006
    [LibraryImport("libc")]
    private static partial int sync_file_range(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc")]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);
#pragma warning restore IDE1006
}
