using System.Collections.Immutable;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>
/// Takes policy documents from the policies folder into force: read, compile or report every error, publish all together. A document that
/// is broken leaves its last good version in force; where there is none, its policy is missing, which denies.
/// </summary>
internal sealed class PolicyFolder : IDisposable
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    // Editors write a file in several steps; one reload for all of them.
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan ExpiryLook = TimeSpan.FromSeconds(30);

    private readonly PolicyOptions options;
    private readonly PolicyBook book;
    private readonly PoliciesMetrics metrics;
    private readonly PoliciesLog log;
    private readonly TimeProvider clock;
    private readonly Lock loading = new();
    private readonly Timer settled;
    private readonly Timer expired;
    private DateTimeOffset? nextExpiry;
    private FileSystemWatcher? watcher;
    private Dictionary<string, PolicyFile> lastGoodByFile = [];
    private Dictionary<string, byte[]>? firstRead;
    private BundleShelf? bundles;

    public PolicyFolder(PolicyOptions options, PolicyBook book, PoliciesMetrics metrics, PoliciesLog log, TimeProvider clock)
    {
        this.options = options;
        this.book = book;
        this.metrics = metrics;
        this.log = log;
        this.clock = clock;
        settled = ReloadTimer();

        // One of its own: a reload that sets the next expiry must not put off the reload for a file that changed meanwhile.
        expired = new Timer(static folder => ((PolicyFolder)folder!).OnExpiryLook(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>The documents of a folder, in the order of their names.</summary>
    public static IReadOnlyList<string> FilesOf(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateFiles(folder).Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Loads now, and again whenever a file changes in a folder that is trusted.</summary>
    public void Start()
    {
        if (options.IsFolderTrusted)
        {
            Watch();
        }
        else
        {
            firstRead = FilesOf(options.Folder).ToDictionary(file => file, File.ReadAllBytes);
        }

        Reload();
    }

    public void Reload()
    {
        lock (loading)
        {
            var policies = ImmutableDictionary.CreateBuilder<string, Policy>(StringComparer.Ordinal);
            var errors = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            var good = new Dictionary<string, PolicyFile>();
            if (!TryList(out var files))
            {
                return;
            }

            // Where nobody is trusted to change documents, what they take in does not change either.
            bundles = options.IsFolderTrusted || bundles is null ? options.OpenBundles() : bundles;
            // A name that is taken stays with the file that has it, whatever others are called.
            foreach (var file in files.OrderBy(file => lastGoodByFile.ContainsKey(file) ? 0 : 1))
            {
                var reading = ReadFile(file, bundles);
                var kept = reading.Policy is null ? lastGoodByFile.GetValueOrDefault(file)?.Renew(book.Revision + 1, clock.GetUtcNow()) : reading;
                var policy = kept?.Policy;
                var problem = reading.Policy is null ? reading.ErrorText : Clash(file, reading.Policy, policies);
                if (problem is not null)
                {
                    errors[policy?.Name ?? Path.GetFileNameWithoutExtension(file)] = problem;
                    log.Broken(policy?.Name ?? file, problem);
                }

                if (kept is not null && policy is not null && policies.TryAdd(policy.Name, policy))
                {
                    good[file] = kept;
                }
            }

            lastGoodByFile = good;
            book.Publish(policies.ToImmutable(), errors.ToImmutable());
            metrics.Reloaded(errors.Count == 0);
            log.Published(policies.Count, options.Folder, book.Revision);
            ReloadWhenARuleExpires(policies.Values);
        }
    }

    public void Dispose()
    {
        watcher?.Dispose();
        expired.Dispose();
        settled.Dispose();
    }

    private PolicyFile ReadFile(string file, BundleShelf shelf) => firstRead is null
        ? PolicyFile.Read(file, book.Revision + 1, clock.GetUtcNow(), shelf)
        : PolicyFile.Compile(file, firstRead[file], book.Revision + 1, clock.GetUtcNow(), shelf);

    private static string? Clash(string file, Policy policy, ImmutableDictionary<string, Policy>.Builder policies) =>
        policies.ContainsKey(policy.Name) ? $"{file}: another file has a policy of the name \"{policy.Name}\" already. Give one of them another name."
        : null;

    // A folder that cannot be listed changes nothing: what was good stays in force.
    private bool TryList(out IReadOnlyList<string> files)
    {
        try
        {
            files = firstRead is null ? FilesOf(options.Folder) : [.. firstRead.Keys];
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            files = [];
            log.Unlisted(error, options.Folder);
            metrics.Reloaded(allGood: false);
            return false;
        }
    }

    private void ReloadWhenARuleExpires(IEnumerable<Policy> policies)
    {
        nextExpiry = policies.Min(policy => policy.NextExpiry);
        LookForExpiry();
    }

    // An expiry is a date, and the clock that says dates can be set: it is looked at now and then, not only when it should have come.
    private void LookForExpiry()
    {
        if (nextExpiry is not { } expiry)
        {
            return;
        }

        var left = (expiry - clock.GetUtcNow()).TotalMilliseconds;
        if (left <= 0)
        {
            Reload();
            return;
        }

        expired.Change(TimeSpan.FromMilliseconds(Math.Min(left + 1, ExpiryLook.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private void Watch()
    {
        try
        {
            Directory.CreateDirectory(options.Folder);
            watcher = new FileSystemWatcher(options.Folder);
            watcher.Changed += (_, _) => Settle();
            watcher.Created += (_, _) => Settle();
            watcher.Deleted += (_, _) => Settle();
            watcher.Renamed += (_, _) => Settle();
            watcher.Error += (_, _) => Settle();
            watcher.EnableRaisingEvents = true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            log.Unwatched(error, options.Folder);
        }
    }

    private void OnExpiryLook()
    {
        lock (loading)
        {
            LookForExpiry();
        }
    }

    private Timer ReloadTimer() => new(static folder => ((PolicyFolder)folder!).Reload(), this, Timeout.Infinite, Timeout.Infinite);

    private void Settle() => settled.Change(Settling, Timeout.InfiniteTimeSpan);
}
