namespace SniProxy.Policies;

/// <summary>
/// Which run of the machine a timestamp of the monotonic clock belongs to (proc(5), /proc/sys/kernel/random/boot_id): it goes on over restarts of a
/// program, and begins anew with the machine.
/// </summary>
internal static class BootClock
{
    private const string File = "/proc/sys/kernel/random/boot_id";

    /// <summary>Null where the kernel does not say; then nothing can be compared with a timestamp of another run.</summary>
    public static string? Id { get; } = Read();

    private static string? Read()
    {
        try
        {
            return System.IO.File.ReadAllText(File).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
