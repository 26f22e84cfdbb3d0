using SniProxy.Storage;

namespace SniProxy.Tests.Storage;

/// <summary>A store that keeps nothing: it takes its time, or fails.</summary>
internal sealed class TroubledStore : IStore
{
    public TimeSpan Delay { get; init; }

    public bool IsDown { get; set; }

    public long Revision => 0;

    public StoredDocument? Find(string kind, string id) => null;

    public IReadOnlyList<StoredDocument> List(string kind) => [];

    public long Apply(IReadOnlyList<StoreChange> changes, string actor)
    {
        Thread.Sleep(Delay);
        return IsDown ? throw new StoreException("the disk failed") : 1;
    }

    public void Dispose()
    {
    }
}
