using SniProxy.Storage;

namespace SniProxy.Tests.Resolutions.Synthetic;

/// <summary>Documents in memory on a disk that can fail, or hang.</summary>
internal sealed class FailingStore : IStore
{
    private readonly Dictionary<(string Kind, string Id), StoredDocument> documents = [];
    private readonly Lock gate = new();

    public bool IsFailing { get; set; }

    /// <summary>A write waits for it; open unless a test closes it.</summary>
    public ManualResetEventSlim Gate { get; } = new(true);

    /// <summary>Writes that succeeded.</summary>
    public int Writes { get; private set; }

    public long Revision { get; private set; }

    public StoredDocument? Find(string kind, string id)
    {
        lock (gate)
        {
            return documents.GetValueOrDefault((kind, id));
        }
    }

    public IReadOnlyList<StoredDocument> List(string kind)
    {
        lock (gate)
        {
            return [.. documents.Where(one => one.Key.Kind == kind).Select(one => one.Value).OrderBy(one => one.Id, StringComparer.Ordinal)];
        }
    }

    public long Apply(IReadOnlyList<StoreChange> changes, string actor)
    {
        Gate.Wait(TimeSpan.FromSeconds(30));
        lock (gate)
        {
            if (IsFailing)
            {
                throw new StoreException("the disk is full");
            }

            Writes++;
            foreach (var change in changes)
            {
                var key = (change.Kind, change.Id);
                documents.Remove(key);
                if (change.Json is { } json)
                {
                    documents.Add(key, new StoredDocument(change.Id, ++Revision, actor, DateTimeOffset.UnixEpoch, json.ToArray()));
                }
            }

            return Revision;
        }
    }

    public void Dispose() => Gate.Dispose();
}
