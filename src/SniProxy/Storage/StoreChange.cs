namespace SniProxy.Storage;

/// <param name="Kind">The kind of document, such as <c>policy</c>.</param>
/// <param name="Id">Its id among its kind.</param>
/// <param name="Json">Its new content in UTF-8, or null to delete it.</param>
/// <param name="ExpectedRevision">The revision it must be at, 0 for a document that must not exist yet; null for any.</param>
internal sealed record StoreChange(string Kind, string Id, ReadOnlyMemory<byte>? Json, long? ExpectedRevision = null)
{
    /// <summary>Made by the appliance itself and often: it has a revision, and is not noted among the changes that people look for.</summary>
    public bool IsRoutine { get; init; }
}
