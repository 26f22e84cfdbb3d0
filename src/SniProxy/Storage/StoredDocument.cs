using System.Text.Json;

namespace SniProxy.Storage;

/// <param name="Id">Its id among its kind.</param>
/// <param name="Revision">The revision of its latest change.</param>
/// <param name="Actor">Who made that change.</param>
/// <param name="Time">When.</param>
/// <param name="Json">The document in UTF-8.</param>
internal sealed record StoredDocument(string Id, long Revision, string Actor, DateTimeOffset Time, ReadOnlyMemory<byte> Json)
{
    /// <summary>Reads it by somebody who knows what should stand in it.</summary>
    /// <param name="what">What it is, for people.</param>
    /// <param name="read">Reads its root; may fail in any of the ways that reading JSON fails.</param>
    /// <exception cref="StoreException">It is not what was stored: nobody may go on as if it said nothing.</exception>
    public T Read<T>(string what, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(Json);
            return read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new StoreException(
                $"The stored {what} \"{Id}\" (revision {Revision}, by {Actor}) cannot be read: {error.Message.TrimEnd('.')}. "
                + "Put the data folder's sniproxy.db back from a copy.", error);
        }
    }
}
