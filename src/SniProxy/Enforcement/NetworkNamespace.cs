using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SniProxy.Enforcement;

/// <summary>
/// Acts inside a network namespace that <c>ip netns</c> made. Each act has a thread of its own that ends with it, because a thread that
/// entered a namespace hands it down to every thread that is started from it; therefore nothing asynchronous may happen in here. A socket
/// stays in the namespace it was opened in and may be used from anywhere.
/// </summary>
internal static partial class NetworkNamespace
{
    // linux/sched.h
    private const int CloneNewNet = 0x40000000;

    /// <summary>Opens a socket in the namespace; binding and connecting it is left to the caller.</summary>
    public static Socket OpenSocket(string name, AddressFamily family, SocketType type, ProtocolType protocol) =>
        Run(name, () => new Socket(family, type, protocol));

    /// <summary>Reads a kernel setting, named by its path below /proc/sys; null where this kernel does not have it.</summary>
    public static string? ReadSetting(string? name, string setting) =>
        Run(name, () => File.Exists(PathOf(setting)) ? File.ReadAllText(PathOf(setting)).Trim() : null);

    /// <summary>Writes a kernel setting; one that this kernel does not have is passed over.</summary>
    /// <exception cref="MissingCapabilityException">The setting may not be written.</exception>
    public static void WriteSetting(string? name, string setting, string value) => Run(name, () => Write(setting, value));

    /// <summary>Whether there is a namespace of that name, or what is left of one.</summary>
    public static bool Exists(string name) => File.Exists(FileOf(name));

    private static string FileOf(string name) => $"/run/netns/{name}";

    private static string PathOf(string setting) => $"/proc/sys/{setting}";

    private static bool Write(string setting, string value)
    {
        if (!File.Exists(PathOf(setting)))
        {
            return false;
        }

        try
        {
            // What is as it should be needs no right to be set: in a container /proc/sys is read-only, and its engine set it.
            if (File.ReadAllText(PathOf(setting)).Trim() == value)
            {
                return true;
            }

            File.WriteAllText(PathOf(setting), value);
            return true;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new MissingCapabilityException(new MissingCapability(
                $"the right to set {setting.Replace('/', '.')} ({error.Message})", "run as root with /proc/sys writable"));
        }
    }

    private static T Run<T>(string? name, Func<T> work)
    {
        if (name is null)
        {
            return work();
        }

        var results = new List<T>(1);
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter(name);
                results.Add(work());
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        })
        { IsBackground = true, Name = $"netns {name}" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return results[0];
    }

    private static void Enter(string name)
    {
        using var handle = File.OpenHandle(FileOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (SetNamespace(handle, CloneNewNet) == 0)
        {
            return;
        }

        var error = new Win32Exception(Marshal.GetLastPInvokeError());
        throw new MissingCapabilityException(new MissingCapability(
            $"CAP_SYS_ADMIN (entering the network namespace {name}: {error.Message})", "run as root"));
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle handle, int kind);
}
