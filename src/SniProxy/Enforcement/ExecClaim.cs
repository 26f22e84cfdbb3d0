using System.Diagnostics.CodeAnalysis;
using SniProxy.Storage;

namespace SniProxy.Enforcement;

/// <summary>
/// One slot held for as long as its run lives, by a lock on a file (<c>flock</c>) that the kernel lets go of when the process ends in
/// whatever way. Claiming, releasing and clearing happen one after another over all processes, under a lock of their own.
/// </summary>
internal sealed class ExecClaim : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private const string OrderLock = ".lock";

    private readonly string path;
    private readonly FileStream lockFile;

    private ExecClaim(ExecSlot slot, string path, FileStream held)
    {
        Slot = slot;
        this.path = path;
        lockFile = held;
    }

    public ExecSlot Slot { get; }

    /// <summary>
    /// Takes the lock that orders all processes; dispose it soon. Those who wait ask again every few milliseconds, because a file lock
    /// offers nothing to wait on without blocking a thread.
    /// </summary>
    public static async Task<IDisposable> EnterAsync(string folder, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        FileStream? held;
        while (!TryEnter(folder, out held))
        {
            try
            {
                await Task.Delay(Pause, limit.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new CommandFailedException($"{folder}/.lock is held by another process for more than {Patience.TotalSeconds} s");
            }
        }

        return held;
    }

    /// <summary>Takes a slot that nobody holds; call it inside <see cref="EnterAsync"/>. Null where it is held.</summary>
    public static ExecClaim? TryTake(string folder, ExecSlot slot)
    {
        var path = Path.Combine(folder, slot.Namespace);
        return FileLock.TryTake(path) is { } held ? new ExecClaim(slot, path, held) : null;
    }

    /// <summary>Slots of which a lock file exists, held or not.</summary>
    public static IEnumerable<ExecSlot> Known(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (ExecSlot.TryParse(Path.GetFileName(path), out var slot))
            {
                yield return slot;
            }
        }
    }

    /// <summary>Sets the kernel settings for the first of all runs; the values from before wait in a file for the last one.</summary>
    public static void SetKernel(string folder)
    {
        var path = FormerPath(folder);
        if (!File.Exists(path))
        {
            File.WriteAllLines(path, Ruleset.Settings.Select(setting => $"{setting.Key}={NetworkNamespace.ReadSetting(null, setting.Key)}"));
        }

        foreach (var setting in Ruleset.Settings)
        {
            NetworkNamespace.WriteSetting(null, setting.Key, setting.Value);
        }
    }

    /// <summary>Sets the kernel settings back when no run is left; call it inside <see cref="EnterAsync"/>.</summary>
    public static void RestoreKernel(string folder)
    {
        var path = FormerPath(folder);
        if (!File.Exists(path) || Known(folder).Any())
        {
            return;
        }

        foreach (var line in File.ReadLines(path).Select(line => line.Split('=', 2)))
        {
            if (line is [var name, { Length: > 0 } value] && Ruleset.Settings.Any(setting => setting.Key == name))
            {
                NetworkNamespace.WriteSetting(null, name, value);
            }
        }

        File.Delete(path);
    }

    /// <summary>Removes what keeps account of runs once there is none, lock and folders included; call it inside <see cref="EnterAsync"/>, last of all.</summary>
    public static void RemoveAccount(string folder)
    {
        if (Directory.EnumerateFileSystemEntries(folder).Any(path => Path.GetFileName(path) != OrderLock))
        {
            return;
        }

        File.Delete(Path.Combine(folder, OrderLock));
        RemoveIfEmpty(folder);
        RemoveIfEmpty(Path.GetDirectoryName(folder) ?? folder);
        RemoveIfEmpty(ExecSlot.FolderOfNamespaces);
    }

    /// <summary>Gives the slot back; call it inside <see cref="EnterAsync"/>, when nothing of it is left.</summary>
    public void Release()
    {
        File.Delete(path);
        Dispose();
    }

    /// <summary>Lets go of the lock and leaves the file, for the next run to find.</summary>
    public void Dispose() => lockFile.Dispose();

    // Whoever was last may have removed the file between our opening and our locking it: such a lock orders nobody.
    private static bool TryEnter(string folder, [NotNullWhen(true)] out FileStream? held)
    {
        Prepare(folder);
        try
        {
            held = FileLock.TryTake(Path.Combine(folder, OrderLock));
        }
        catch (DirectoryNotFoundException)
        {
            held = null;
        }

        if (held is not null && !IsRemoved(held))
        {
            return true;
        }

        held?.Dispose();
        return false;
    }

    private static bool IsRemoved(FileStream file) =>
        new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget is not { } target || target.EndsWith(" (deleted)", StringComparison.Ordinal);

    private static void RemoveIfEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Somebody else's files are in it, or it is gone already.
        }
    }

    private static string FormerPath(string folder) => Path.Combine(folder, "former-settings");

    private static void Prepare(string folder)
    {
        try
        {
            // Closed to others: a lock may also be taken by whoever can only read the file.
            Directory.CreateDirectory(folder);
            if (OperatingSystem.IsLinux())
            {
                File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new MissingCapabilityException(new MissingCapability($"the right to write to {folder} ({error.Message})", "run as root"));
        }
    }
}
