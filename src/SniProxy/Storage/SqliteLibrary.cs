using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace SniProxy.Storage;

/// <summary>Ties the managed provider to the system's SQLite, which distributions keep patched. Happens once in a process.</summary>
internal static class SqliteLibrary
{
    private const string FileName = "libsqlite3.so.0";

    private static readonly Lazy<string?> Problem = new(Load);

    /// <exception cref="StoreException">The library is missing.</exception>
    public static void Ensure()
    {
        if (Problem.Value is { } problem)
        {
            throw new StoreException(problem);
        }
    }

    private static string? Load()
    {
        if (!NativeLibrary.TryLoad(FileName, out var handle))
        {
            return $"{FileName} is missing: install the package libsqlite3-0 (Debian, Ubuntu), sqlite-libs (Alpine, Fedora) or what your system calls it.";
        }

        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return null;

        nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == "e_sqlite3" ? handle : 0;
    }
}
