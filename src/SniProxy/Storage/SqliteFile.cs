namespace SniProxy.Storage;

/// <summary>Opens the file, makes its tables, and says in words what SQLite says in numbers.</summary>
internal static class SqliteFile
{
    // 2: sandboxes and grants are kept with their lifecycle. Whoever does not know of it would give a grant to anybody of that id.
    private const int SchemaVersion = 2;

    private const string Schema = """
        BEGIN IMMEDIATE;
        CREATE TABLE IF NOT EXISTS change (
          revision INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, actor TEXT NOT NULL, time INTEGER NOT NULL, deleted INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS document (
          kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, actor TEXT NOT NULL, time INTEGER NOT NULL, json BLOB NOT NULL, sum BLOB NOT NULL,
          PRIMARY KEY (kind, id)) WITHOUT ROWID;
        PRAGMA user_version = 2;
        COMMIT;
        """;

    public static SqliteDatabase Open(string path)
    {
        PrepareFile(path);
        var database = OpenDatabase(path);
        try
        {
            database.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;");
            Check(path, database);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public static string Explain(string path, SqliteException problem) => problem.Code switch
    {
        SqliteLibrary.Corrupt or SqliteLibrary.NotADatabase => $"{path} is damaged or no SniProxy store ({problem.Message}). Put a backup in its place, or move the file away to begin anew.",
        SqliteLibrary.ReadOnly or SqliteLibrary.CannotOpen => $"{path} cannot be written ({problem.Message}). The user that runs sniproxy needs to own the file and its folder.",
        SqliteLibrary.Full => $"{path}: the disk is full; make room and repeat the change.",
        SqliteLibrary.InputOutput => $"{path}: the disk failed ({problem.Message}).",
        SqliteLibrary.Busy => $"{path} is in use by another program; only one sniproxy may use a data folder.",
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

    private static SqliteDatabase OpenDatabase(string path)
    {
        try
        {
            return SqliteDatabase.Open(path);
        }
        catch (DllNotFoundException problem)
        {
            throw new StoreException(
                $"{SqliteLibrary.FileName} is missing: install the package libsqlite3-0 (Debian, Ubuntu), sqlite-libs (Alpine, Fedora) or what your system calls it.",
                problem);
        }
    }

    private static void Check(string path, SqliteDatabase database)
    {
        using (var check = database.Prepare("PRAGMA quick_check(1)"))
        {
            var result = check.Step() ? check.Text(0) : "no answer";
            if (result != "ok")
            {
                throw new StoreException($"{path} is damaged ({result}). Put a backup in its place, or move the file away to begin anew.");
            }
        }

        var version = VersionOf(database);
        if (version > SchemaVersion)
        {
            throw new StoreException($"{path} was written by a newer sniproxy (store version {version}, this one knows {SchemaVersion}): use that one, or another data folder.");
        }

        if (version < SchemaVersion)
        {
            database.Execute(Schema);
        }
    }

    private static long VersionOf(SqliteDatabase database)
    {
        using var version = database.Prepare("PRAGMA user_version");
        return version.Step() ? version.Integer(0) : 0;
    }
}
