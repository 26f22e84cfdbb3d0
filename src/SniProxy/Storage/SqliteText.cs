using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace SniProxy.Storage;

/// <summary>Text that SQLite keeps: read, and not freed.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedOut, typeof(SqliteText))]
internal static class SqliteText
{
    public static string ConvertToManaged(nint text) => Marshal.PtrToStringUTF8(text) ?? string.Empty;
}
