using Microsoft.Win32.SafeHandles;

namespace SniProxy.Storage;

/// <summary>An open file of SQLite's. For one thread at a time.</summary>
internal sealed class SqliteDatabase : SafeHandleZeroOrMinusOneIsInvalid
{
    // How long a lock that another program holds is waited for.
    private const int BusyMilliseconds = 5000;

    public SqliteDatabase()
        : base(ownsHandle: true)
    {
    }

    /// <summary>The key of the row that was inserted last.</summary>
    public long LastRowId => SqliteLibrary.LastRowId(this);

    /// <summary>Opens a file that is there.</summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    /// <exception cref="DllNotFoundException">The library is missing.</exception>
    public static SqliteDatabase Open(string path)
    {
        var code = SqliteLibrary.Open(path, out var database, SqliteLibrary.OpenReadWrite, 0);
        try
        {
            database.Check(code);
            database.Check(SqliteLibrary.SetBusyTimeout(database, BusyMilliseconds));
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements that answer nothing.</summary>
    public void Execute(string sql) => Check(SqliteLibrary.Execute(this, sql, 0, 0, 0));

    /// <summary>One statement; its values are bound to <c>?1</c>, <c>?2</c> and so on.</summary>
    public SqliteStatement Prepare(string sql)
    {
        Check(SqliteLibrary.Prepare(this, sql, -1, out var statement, 0));
        statement.Database = this;
        return statement;
    }

    /// <exception cref="SqliteException">The code is no success.</exception>
    public void Check(int code)
    {
        if (code != SqliteLibrary.Done)
        {
            throw new SqliteException(code, IsInvalid ? SqliteLibrary.Explain(code) : SqliteLibrary.ErrorOf(this));
        }
    }

    protected override bool ReleaseHandle() => SqliteLibrary.Close(handle) == SqliteLibrary.Done;
}
