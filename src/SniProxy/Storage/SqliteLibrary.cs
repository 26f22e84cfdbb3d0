using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace SniProxy.Storage;

/// <summary>
/// The few functions of the system's SQLite that the store needs (https://www.sqlite.org/c3ref/funclist.html). The system's own, so that its
/// fixes come with the system's.
/// </summary>
internal static partial class SqliteLibrary
{
    public const string FileName = "libsqlite3.so.0";

    // https://www.sqlite.org/rescode.html
    public const int Done = 0;
    public const int Busy = 5;
    public const int ReadOnly = 8;
    public const int InputOutput = 10;
    public const int Corrupt = 11;
    public const int Full = 13;
    public const int CannotOpen = 14;
    public const int NotADatabase = 26;
    public const int Row = 100;
    public const int End = 101;

    // https://www.sqlite.org/c3ref/c_open_autoproxy.html
    public const int OpenReadWrite = 2;

    // https://www.sqlite.org/c3ref/c_blob.html
    public const int Integer = 1;
    public const int Text = 3;
    public const int Blob = 4;

    // https://www.sqlite.org/c3ref/c_static.html: SQLite takes a copy of its own.
    public const nint Transient = -1;

    [LibraryImport(FileName, EntryPoint = "sqlite3_open_v2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, out SqliteDatabase database, int flags, nint system);

    [LibraryImport(FileName, EntryPoint = "sqlite3_close_v2")]
    public static partial int Close(nint database);

    [LibraryImport(FileName, EntryPoint = "sqlite3_busy_timeout")]
    public static partial int SetBusyTimeout(SqliteDatabase database, int milliseconds);

    [LibraryImport(FileName, EntryPoint = "sqlite3_errmsg")]
    [return: MarshalUsing(typeof(SqliteText))]
    public static partial string ErrorOf(SqliteDatabase database);

    [LibraryImport(FileName, EntryPoint = "sqlite3_errstr")]
    [return: MarshalUsing(typeof(SqliteText))]
    public static partial string Explain(int code);

    [LibraryImport(FileName, EntryPoint = "sqlite3_exec", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Execute(SqliteDatabase database, string sql, nint callback, nint state, nint error);

    [LibraryImport(FileName, EntryPoint = "sqlite3_last_insert_rowid")]
    public static partial long LastRowId(SqliteDatabase database);

    [LibraryImport(FileName, EntryPoint = "sqlite3_prepare_v2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Prepare(SqliteDatabase database, string sql, int length, out SqliteStatement statement, nint tail);

    [LibraryImport(FileName, EntryPoint = "sqlite3_finalize")]
    public static partial int Finish(nint statement);

    [LibraryImport(FileName, EntryPoint = "sqlite3_step")]
    public static partial int Step(SqliteStatement statement);

    [LibraryImport(FileName, EntryPoint = "sqlite3_bind_int64")]
    public static partial int BindInteger(SqliteStatement statement, int position, long value);

    [LibraryImport(FileName, EntryPoint = "sqlite3_bind_text")]
    public static partial int BindText(SqliteStatement statement, int position, byte[] value, int length, nint destructor);

    [LibraryImport(FileName, EntryPoint = "sqlite3_bind_blob")]
    public static partial int BindBlob(SqliteStatement statement, int position, byte[] value, int length, nint destructor);

    [LibraryImport(FileName, EntryPoint = "sqlite3_column_type")]
    public static partial int TypeOf(SqliteStatement statement, int column);

    [LibraryImport(FileName, EntryPoint = "sqlite3_column_int64")]
    public static partial long ReadInteger(SqliteStatement statement, int column);

    [LibraryImport(FileName, EntryPoint = "sqlite3_column_blob")]
    public static partial nint ReadBytes(SqliteStatement statement, int column);

    [LibraryImport(FileName, EntryPoint = "sqlite3_column_bytes")]
    public static partial int LengthOf(SqliteStatement statement, int column);
}
