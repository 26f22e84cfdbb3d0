namespace SniProxy.Storage;

/// <summary>
/// What has to outlive the process: small JSON documents by kind and id. Every change has a revision of its own, larger than all before it;
/// what is acknowledged is on disk. Everything throws <see cref="StoreException"/> when the store cannot do it.
/// </summary>
internal interface IStore : IDisposable
{
    /// <summary>The revision of the latest change; 0 before the first.</summary>
    long Revision { get; }

    StoredDocument? Find(string kind, string id);

    /// <summary>All documents of a kind, ordered by id.</summary>
    IReadOnlyList<StoredDocument> List(string kind);

    /// <summary>Makes all changes or none; answers the revision of the last one, or 0 where nothing was to be changed.</summary>
    /// <exception cref="StoreConflictException">A document is not at the revision that a change expects.</exception>
    long Apply(IReadOnlyList<StoreChange> changes, string actor);
}
