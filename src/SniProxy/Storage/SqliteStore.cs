using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SniProxy.Storage;

/// <summary>
/// Documents in one SQLite file. It is opened by its first use, so that a start waits for it only where something is stored. A write
/// returns when it is synced (write-ahead log, synchronous=FULL: https://www.sqlite.org/pragma.html#pragma_synchronous).
/// </summary>
internal sealed class SqliteStore : IStore
{
    private readonly Lock gate = new();
    private readonly string path;
    private readonly TimeProvider clock;
    private readonly StorageMetrics metrics;
    private SqliteConnection? connection;
    private bool isDisposed;

    /// <param name="path">The absolute path of the file; it and its folder are made when missing, for the owner alone.</param>
    /// <param name="clock">Dates the changes.</param>
    public SqliteStore(string path, TimeProvider? clock = null)
    {
        this.path = path;
        this.clock = clock ?? TimeProvider.System;
        metrics = new StorageMetrics(this.clock);
    }

    public long Revision => Use(open => Convert.ToInt64(Scalar(open, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'change'"), CultureInfo.InvariantCulture));

    /// <summary>Where the store lies in a data folder.</summary>
    public static string PathIn(string dataFolder) => Path.Combine(Path.GetFullPath(dataFolder), "sniproxy.db");

    /// <summary>Opens the store now, so that a start fails here rather than a change later.</summary>
    public void Open() => Use(_ => 0);

    public StoredDocument? Find(string kind, string id) => Use(open =>
    {
        using var command = Command(open, "SELECT id, revision, actor, time, json, sum FROM document WHERE kind = $kind AND id = $id", ("$kind", kind), ("$id", id));
        using var reader = command.ExecuteReader();
        return reader.Read() ? ReadDocument(kind, reader) : null;
    });

    public IReadOnlyList<StoredDocument> List(string kind) => Use(open =>
    {
        using var command = Command(open, "SELECT id, revision, actor, time, json, sum FROM document WHERE kind = $kind ORDER BY id", ("$kind", kind));
        using var reader = command.ExecuteReader();
        var documents = new List<StoredDocument>();
        while (reader.Read())
        {
            documents.Add(ReadDocument(kind, reader));
        }

        return documents;
    });

    public long Apply(IReadOnlyList<StoreChange> changes, string actor) => Use(open =>
    {
        using var transaction = open.BeginTransaction();
        var now = clock.GetUtcNow();
        long revision = 0;
        foreach (var change in changes)
        {
            revision = Math.Max(revision, Make(open, change, actor, now));
        }

        transaction.Commit();
        return revision;
    });

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            connection?.Dispose();
            connection = null;
        }

        metrics.Dispose();
    }

    private static long Make(SqliteConnection open, StoreChange change, string actor, DateTimeOffset now)
    {
        var current = Convert.ToInt64(
            Scalar(open, "SELECT coalesce((SELECT revision FROM document WHERE kind = $kind AND id = $id), 0)", ("$kind", change.Kind), ("$id", change.Id)),
            CultureInfo.InvariantCulture);
        if (change.ExpectedRevision is { } expected && expected != current)
        {
            throw new StoreConflictException(change.Kind, change.Id, expected, current);
        }

        if (change.Json is null && current == 0)
        {
            return 0;
        }

        var time = now.ToUnixTimeMilliseconds();
        Execute(
            open,
            "INSERT INTO change (kind, id, actor, time, deleted) VALUES ($kind, $id, $actor, $time, $deleted)",
            ("$kind", change.Kind),
            ("$id", change.Id),
            ("$actor", actor),
            ("$time", time),
            ("$deleted", change.Json is null));
        var revision = Convert.ToInt64(Scalar(open, "SELECT last_insert_rowid()"), CultureInfo.InvariantCulture);
        if (change.Json is not { } json)
        {
            Execute(open, "DELETE FROM document WHERE kind = $kind AND id = $id", ("$kind", change.Kind), ("$id", change.Id));
            return revision;
        }

        var content = json.ToArray();
        Execute(
            open,
            "INSERT OR REPLACE INTO document (kind, id, revision, actor, time, json, sum) VALUES ($kind, $id, $revision, $actor, $time, $json, $sum)",
            ("$kind", change.Kind),
            ("$id", change.Id),
            ("$revision", revision),
            ("$actor", actor),
            ("$time", time),
            ("$json", content),
            ("$sum", DocumentSum.Of(change.Kind, change.Id, revision, actor, content)));
        return revision;
    }

    private StoredDocument ReadDocument(string kind, DbDataReader reader)
    {
        var document = new StoredDocument(
            reader.GetString(0),
            reader.GetInt64(1),
            reader.GetString(2),
            DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
            reader.GetFieldValue<byte[]>(4));
        var sum = DocumentSum.Of(kind, document.Id, document.Revision, document.Actor, document.Json.Span);
        return sum.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(5))
            ? document
            : throw new StoreException($"{path}: {kind} \"{document.Id}\" is not what was stored there: the file is damaged. Put a backup in its place, or move the file away to begin anew.");
    }

    private T Use<T>(Func<SqliteConnection, T> action)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            try
            {
                connection ??= SqliteFile.Open(path);
                var result = action(connection);
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
            catch (Exception problem) when (problem is InvalidCastException or InvalidOperationException or ArgumentOutOfRangeException)
            {
                // A column that does not hold what belongs there.
                metrics.Fail();
                throw new StoreException($"{path} is damaged ({problem.Message}). Put a backup in its place, or move the file away to begin anew.", problem);
            }
        }
    }

    private static object? Scalar(SqliteConnection open, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(open, sql, parameters);
        return command.ExecuteScalar();
    }

    private static void Execute(SqliteConnection open, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = Command(open, sql, parameters);
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection open, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = open.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
