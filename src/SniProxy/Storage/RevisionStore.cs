using System.Text.Json;

namespace SniProxy.Storage;

/// <summary>Keeps the counter of revisions over a restart.</summary>
internal sealed class RevisionStore(IStore store)
{
    private const string Kind = "revision";
    private const string Id = "reserved";

    /// <summary>No revision up to this one may be given again.</summary>
    /// <exception cref="StoreException">What is stored cannot be read.</exception>
    public long Load() => Math.Max(
        store.Revision,
        store.Find(Kind, Id) is { } stored ? stored.Read(Kind, static json => json.GetProperty("upTo").GetInt64()) : 0);

    public void Reserve(long upTo)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("upTo", upTo);
            json.WriteEndObject();
        }

        store.Apply([new StoreChange(Kind, Id, buffer.ToArray())], "sniproxy");
    }
}
