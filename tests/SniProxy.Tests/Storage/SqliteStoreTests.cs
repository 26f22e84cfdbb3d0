using System.Diagnostics;
using System.Globalization;
using System.Text;
using SniProxy.Storage;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Storage;

public sealed class SqliteStoreTests : IDisposable
{
    private readonly TempFolder folder = new();

    private string StorePath => folder.File("data/sniproxy.db");

    [Fact]
    public void KeepsDocumentsOverARestart()
    {
        using (var store = new SqliteStore(StorePath))
        {
            store.Put("policy", "b", "{\"b\":1}"u8.ToArray(), "ann");
            store.Put("policy", "a", "{}"u8.ToArray(), "ben");
            store.Put("sandbox", "a", "[]"u8.ToArray(), "ann");
        }

        using var again = new SqliteStore(StorePath);
        Assert.Equal(["a", "b"], again.List("policy").Select(d => d.Id));
        Assert.Equal("[]", Text(again.Find("sandbox", "a")));
        Assert.Equal("ben", again.Find("policy", "a")?.Actor);
        Assert.Null(again.Find("policy", "c"));
        Assert.Equal(3, again.Revision);
    }

    [Fact]
    public void RevisionsOnlyGrowAlsoAfterDeleting()
    {
        using var store = new SqliteStore(StorePath);
        var first = store.Put("k", "a", "1"u8.ToArray(), "ann");
        Assert.True(store.Delete("k", "a", "ann"));
        Assert.False(store.Delete("k", "a", "ann"));
        var second = store.Put("k", "a", "2"u8.ToArray(), "ann");
        Assert.Equal((1, 3), (first, second));
        Assert.Equal(3, store.Find("k", "a")?.Revision);
    }

    [Fact]
    public void MakesAllChangesOrNone()
    {
        using var store = new SqliteStore(StorePath);
        store.Put("k", "a", "1"u8.ToArray(), "ann");
        var conflict = Assert.Throws<StoreConflictException>(() => store.Apply(
            [new StoreChange("k", "b", "2"u8.ToArray()), new StoreChange("k", "a", "3"u8.ToArray(), ExpectedRevision: 7)], "ben"));
        Assert.Equal(1, conflict.Actual);
        Assert.Equal("1", Text(Assert.Single(store.List("k"))));
    }

    [Fact]
    public void RefusesToCreateWhatExists()
    {
        using var store = new SqliteStore(StorePath);
        store.Put("k", "a", "1"u8.ToArray(), "ann", expectedRevision: 0);
        Assert.Throws<StoreConflictException>(() => store.Put("k", "a", "2"u8.ToArray(), "ann", expectedRevision: 0));
    }

    [Fact]
    public void DatesEveryChange()
    {
        using var store = new SqliteStore(StorePath);
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        store.Put("k", "a", "1"u8.ToArray(), "ann");
        Assert.InRange(store.Find("k", "a")?.Time ?? default, before, DateTimeOffset.UtcNow);
    }

    [Fact]
    public void IsTheOwnersAlone()
    {
        Directory.CreateDirectory(folder.File("data"));
        File.WriteAllBytes(StorePath, []);
        File.SetUnixFileMode(StorePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        using var store = new SqliteStore(StorePath);
        store.Put("k", "a", "1"u8.ToArray(), "ann");
        Assert.All(
            Directory.GetFiles(folder.File("data")),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void SaysThatAFileIsNoStore()
    {
        Directory.CreateDirectory(folder.File("data"));
        File.WriteAllText(StorePath, new string('x', 10_000));
        using var store = new SqliteStore(StorePath);
        var problem = Assert.Throws<StoreException>(store.Open);
        Assert.Contains("damaged or no SniProxy store", problem.Message, StringComparison.Ordinal);
        Assert.Contains(StorePath, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FindsEveryFlippedByteOfADocument()
    {
        var marker = Encoding.UTF8.GetBytes("{\"policy\":\"a-document-that-is-easily-found\"}");
        using (var store = new SqliteStore(StorePath))
        {
            store.Put("policy", "a", marker, "ann");
        }

        var bytes = File.ReadAllBytes(StorePath);
        var start = bytes.AsSpan().IndexOf(marker);
        Assert.True(start > 0);
        for (var i = 0; i < marker.Length; i++)
        {
            bytes[start + i] ^= 1;
            File.WriteAllBytes(StorePath, bytes);
            bytes[start + i] ^= 1;
            using var store = new SqliteStore(StorePath);
            Assert.Throws<StoreException>(() => store.Find("policy", "a"));
        }
    }

    [Fact]
    public void NeverAnswersWrongFromADamagedFile()
    {
        using (var store = new SqliteStore(StorePath))
        {
            store.Put("policy", "a", "{\"a\":1}"u8.ToArray(), "ann");
        }

        var bytes = File.ReadAllBytes(StorePath);
        for (var i = 0; i < bytes.Length; i += 97)
        {
            var damaged = bytes.ToArray();
            damaged[i] ^= 0xff;
            File.WriteAllBytes(StorePath, damaged);
            File.Delete(StorePath + "-wal");
            File.Delete(StorePath + "-shm");
            try
            {
                using var store = new SqliteStore(StorePath);
                Assert.All(store.List("policy"), d => Assert.Equal("{\"a\":1}", Text(d)));
            }
            catch (StoreException problem)
            {
                Assert.Contains(StorePath, problem.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void SaysThatTheFolderCannotBeMade()
    {
        File.WriteAllText(folder.File("data"), string.Empty);
        using var store = new SqliteStore(StorePath);
        Assert.Contains("cannot be opened", Assert.Throws<StoreException>(store.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesTheStoreOfANewerVersion()
    {
        using (var store = new SqliteStore(StorePath))
        {
            store.Open();
        }

        var bytes = File.ReadAllBytes(StorePath);
        bytes[63] = 9; // user_version, https://www.sqlite.org/fileformat.html#user_version_number
        File.WriteAllBytes(StorePath, bytes);
        using var again = new SqliteStore(StorePath);
        Assert.Contains("newer sniproxy", Assert.Throws<StoreException>(again.Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LosesNothingAcknowledgedWhenKilled()
    {
        var acknowledged = -1;
        for (var round = 0; round < 4; round++)
        {
            var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "SniProxy.Tests")) { RedirectStandardOutput = true };
            start.Environment[ChildWriter.Variable] = StorePath;
            using var child = Process.Start(start);
            Assert.NotNull(child);
            var wanted = acknowledged + 5 + (round * 17);
            while (await child.StandardOutput.ReadLineAsync() is { } line)
            {
                acknowledged = int.Parse(line, CultureInfo.InvariantCulture);
                if (acknowledged == wanted)
                {
                    child.Kill();
                }
            }

            await child.WaitForExitAsync();
            using var store = new SqliteStore(StorePath);
            var stored = store.List("number");
            Assert.InRange(stored.Count, acknowledged + 1, acknowledged + 2);
            Assert.Equal(stored.Count, store.Revision);
        }
    }

    public void Dispose() => folder.Dispose();

    private static string Text(StoredDocument? document) => document is null ? string.Empty : Encoding.UTF8.GetString(document.Json.Span);
}
