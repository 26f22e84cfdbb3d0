using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SniProxy.Storage;

/// <summary>Opens the file, makes its tables, and says in words what SQLite says in numbers.</summary>
internal static class SqliteFile
{
    private const int SchemaVersion = 1;

    // https://www.sqlite.org/rescode.html
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    private const string Schema = """
        BEGIN IMMEDIATE;
        CREATE TABLE IF NOT EXISTS change (
          revision INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, actor TEXT NOT NULL, time INTEGER NOT NULL, deleted INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS document (
          kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, actor TEXT NOT NULL, time INTEGER NOT NULL, json BLOB NOT NULL, sum BLOB NOT NULL,
          PRIMARY KEY (kind, id)) WITHOUT ROWID;
        PRAGMA user_version = 1;
        COMMIT;
        """;

    public static SqliteConnection Open(string path)
    {
        SqliteLibrary.Ensure();
        PrepareFile(path);
        var text = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 5 };
        var connection = new SqliteConnection(text.ToString());
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;");
            Check(path, connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static string Explain(string path, SqliteException problem) => problem.SqliteErrorCode switch
    {
        Corrupt or NotADatabase => $"{path} is damaged or no SniProxy store ({problem.Message}). Put a backup in its place, or move the file away to begin anew.",
        ReadOnly or CannotOpen => $"{path} cannot be written ({problem.Message}). The user that runs sniproxy needs to own the file and its folder.",
        Full => $"{path}: the disk is full; make room and repeat the change.",
        InputOutput => $"{path}: the disk failed ({problem.Message}).",
        Busy => $"{path} is in use by another program; only one sniproxy may use a data folder.",
        _ => $"{path}: {problem.Message}",
    };

    private static void PrepareFile(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                throw new StoreException("SniProxy stores its documents on Linux only.");
            }

            if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            // SQLite gives its log and its shared memory the mode of the file.
            const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = owner,
            });
            if (File.GetUnixFileMode(file.SafeFileHandle) != owner)
            {
                File.SetUnixFileMode(file.SafeFileHandle, owner);
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path} cannot be opened ({problem.Message}). The user that runs sniproxy needs to own the file and its folder.", problem);
        }
    }

    private static void Check(string path, SqliteConnection connection)
    {
        var result = Convert.ToString(Scalar(connection, "PRAGMA quick_check(1)"), CultureInfo.InvariantCulture);
        if (result != "ok")
        {
            throw new StoreException($"{path} is damaged ({result}). Put a backup in its place, or move the file away to begin anew.");
        }

        var version = Convert.ToInt32(Scalar(connection, "PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > SchemaVersion)
        {
            throw new StoreException($"{path} was written by a newer sniproxy (store version {version}, this one knows {SchemaVersion}): use that one, or another data folder.");
        }

        if (version < SchemaVersion)
        {
            Execute(connection, Schema);
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
