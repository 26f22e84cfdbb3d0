namespace SniProxy.Storage;

/// <summary>
/// Documents in one SQLite file. It is opened by its first use, so that a start waits for it only where something is stored. A write
/// returns when it is synced (write-ahead log, synchronous=FULL: https://www.sqlite.org/pragma.html#pragma_synchronous).
/// </summary>
internal sealed class SqliteStore : IStore
{
    private const string Select = "SELECT id, revision, actor, time, json, sum FROM document";

    private readonly Lock gate = new();
    private readonly string path;
    private readonly TimeProvider clock;
    private readonly StorageMetrics metrics;
    private SqliteDatabase? database;
    private bool isDisposed;

    /// <param name="path">The absolute path of the file; it and its folder are made when missing, for the owner alone.</param>
    /// <param name="clock">Dates the changes.</param>
    public SqliteStore(string path, TimeProvider? clock = null)
    {
        this.path = path;
        this.clock = clock ?? TimeProvider.System;
        metrics = new StorageMetrics(this.clock);
    }

    public long Revision => Use(static open =>
    {
        using var newest = open.Prepare("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'change'");
        return newest.Step() ? newest.Integer(0) : 0;
    });

    /// <summary>Where the store lies in a data folder.</summary>
    public static string PathIn(string dataFolder) => Path.Combine(Path.GetFullPath(dataFolder), "sniproxy.db");

    /// <summary>Opens the store now, so that a start fails here rather than a change later.</summary>
    public void Open() => Use(_ => 0);

    public StoredDocument? Find(string kind, string id) => Use(open =>
    {
        using var found = open.Prepare($"{Select} WHERE kind = ?1 AND id = ?2").Bind(1, kind).Bind(2, id);
        return found.Step() ? ReadDocument(kind, found) : null;
    });

    public IReadOnlyList<StoredDocument> List(string kind) => Use(open =>
    {
        using var found = open.Prepare($"{Select} WHERE kind = ?1 ORDER BY id").Bind(1, kind);
        var documents = new List<StoredDocument>();
        while (found.Step())
        {
            documents.Add(ReadDocument(kind, found));
        }

        return documents;
    });

    public long Apply(IReadOnlyList<StoreChange> changes, string actor) => Use(open =>
    {
        open.Execute("BEGIN IMMEDIATE");
        try
        {
            var now = clock.GetUtcNow();
            long revision = 0;
            foreach (var change in changes)
            {
                revision = Math.Max(revision, Make(open, change, actor, now));
            }

            open.Execute("COMMIT");
            return revision;
        }
        catch
        {
            RollBack(open);
            throw;
        }
    });

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            database?.Dispose();
            database = null;
        }

        metrics.Dispose();
    }

    private static long Make(SqliteDatabase open, StoreChange change, string actor, DateTimeOffset now)
    {
        var current = RevisionOf(open, change);
        if (change.ExpectedRevision is { } expected && expected != current)
        {
            throw new StoreConflictException(change.Kind, change.Id, expected, current);
        }

        if (change.Json is null && current == 0)
        {
            return 0;
        }

        var time = now.ToUnixTimeMilliseconds();
        var revision = Note(open, change, actor, time);
        if (change.Json is not { Span: var json })
        {
            using var delete = open.Prepare("DELETE FROM document WHERE kind = ?1 AND id = ?2").Bind(1, change.Kind).Bind(2, change.Id);
            delete.Step();
            return revision;
        }

        using var write = open.Prepare("INSERT OR REPLACE INTO document (kind, id, revision, actor, time, json, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .Bind(1, change.Kind).Bind(2, change.Id).Bind(3, revision).Bind(4, actor).Bind(5, time).Bind(6, json)
            .Bind(7, DocumentSum.Of(change.Kind, change.Id, revision, actor, json));
        write.Step();
        return revision;
    }

    // 0 where there is no such document.
    private static long RevisionOf(SqliteDatabase open, StoreChange change)
    {
        using var found = open.Prepare("SELECT revision FROM document WHERE kind = ?1 AND id = ?2").Bind(1, change.Kind).Bind(2, change.Id);
        return found.Step() ? found.Integer(0) : 0;
    }

    // Answers the revision that the change has from now on.
    private static long Note(SqliteDatabase open, StoreChange change, string actor, long time)
    {
        using var note = open.Prepare("INSERT INTO change (kind, id, actor, time, deleted) VALUES (?1, ?2, ?3, ?4, ?5)")
            .Bind(1, change.Kind).Bind(2, change.Id).Bind(3, actor).Bind(4, time).Bind(5, change.Json is null ? 1 : 0);
        note.Step();
        var revision = open.LastRowId;
        if (change.IsRoutine)
        {
            // The number stays used (https://www.sqlite.org/autoinc.html); the notes would outgrow what they are about.
            using var forget = open.Prepare("DELETE FROM change WHERE revision = ?1").Bind(1, revision);
            forget.Step();
        }

        return revision;
    }

    // Where SQLite has rolled back by itself there is nothing left to do; the failure that led here is the one to be told.
    private static void RollBack(SqliteDatabase open)
    {
        try
        {
            open.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            return;
        }
    }

    private StoredDocument ReadDocument(string kind, SqliteStatement row)
    {
        var document = new StoredDocument(row.Text(0), row.Integer(1), row.Text(2), DateTimeOffset.FromUnixTimeMilliseconds(row.Integer(3)), row.Blob(4));
        var sum = DocumentSum.Of(kind, document.Id, document.Revision, document.Actor, document.Json.Span);
        return sum.AsSpan().SequenceEqual(row.Blob(5))
            ? document
            : throw new StoreException($"{path}: {kind} \"{document.Id}\" is not what was stored there: the file is damaged. Put a backup in its place, or move the file away to begin anew.");
    }

    private T Use<T>(Func<SqliteDatabase, T> action)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            try
            {
                database ??= SqliteFile.Open(path);
                var result = action(database);
                metrics.Succeed();
                return result;
            }
            catch (SqliteException problem)
            {
                metrics.Fail();
                throw new StoreException(SqliteFile.Explain(path, problem), problem);
            }
            catch (StoreException problem) when (problem is not StoreConflictException)
            {
                metrics.Fail();
                throw;
            }
            catch (ArgumentOutOfRangeException problem)
            {
                // A time that is none.
                metrics.Fail();
                throw new StoreException($"{path} is damaged ({problem.Message}). Put a backup in its place, or move the file away to begin anew.", problem);
            }
        }
    }
}
