namespace SniProxy.Storage;

/// <summary>One change at a time, on any store.</summary>
internal static class SingleChanges
{
    /// <summary>Answers the document's new revision.</summary>
    /// <inheritdoc cref="IStore.Apply"/>
    public static long Put(this IStore store, string kind, string id, ReadOnlyMemory<byte> json, string actor, long? expectedRevision = null) =>
        store.Apply([new StoreChange(kind, id, json, expectedRevision)], actor);

    /// <summary>False when there is no such document.</summary>
    /// <inheritdoc cref="IStore.Apply"/>
    public static bool Delete(this IStore store, string kind, string id, string actor, long? expectedRevision = null) =>
        store.Apply([new StoreChange(kind, id, null, expectedRevision)], actor) > 0;
}
