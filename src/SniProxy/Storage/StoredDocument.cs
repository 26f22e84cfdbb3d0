namespace SniProxy.Storage;

/// <param name="Id">Its id among its kind.</param>
/// <param name="Revision">The revision of its latest change.</param>
/// <param name="Actor">Who made that change.</param>
/// <param name="Time">When.</param>
/// <param name="Json">The document in UTF-8.</param>
internal sealed record StoredDocument(string Id, long Revision, string Actor, DateTimeOffset Time, ReadOnlyMemory<byte> Json);
