namespace SniProxy.Storage;

/// <summary>A lock on a file (flock(2)), which the kernel lets go of when the process ends in whatever way.</summary>
internal static class FileLock
{
    // EWOULDBLOCK, asm-generic/errno.h.
    private const int WouldBlock = 11;

    /// <summary>
    /// Makes the file where it is missing and locks it until the stream is disposed of; null where another process holds it. FileShare.None is
    /// LOCK_EX | LOCK_NB on Unix, and the handle is closed on exec, so no child keeps a dead owner's lock.
    /// </summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public static FileStream? TryTake(string path)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return new FileStream(path, options);
        }
        catch (IOException error) when (error.HResult == WouldBlock)
        {
            return null;
        }
    }
}
