using System.Collections.Immutable;
using System.Text.Json;
using SniProxy.Core.Policies;
using SniProxy.Storage;

namespace SniProxy.Policies;

/// <summary>
/// Keeps grants over a restart, each with its end by both clocks: the wall clock's, and the monotonic one's where the machine has not started
/// anew since. The shorter of the two counts, and never more than the ttl is left.
/// </summary>
internal sealed class GrantStore(IStore store, TimeProvider clock)
{
    private const string Kind = "grant";

    /// <summary>
    /// Those that have not ended. What has ended is forgotten by the way, and with it what was given to a sandbox before lives were kept: nobody
    /// knows any more which one was meant.
    /// </summary>
    /// <exception cref="StoreException">One of them cannot be read.</exception>
    public IReadOnlyList<Grant> Load()
    {
        var now = clock.GetTimestamp();
        var stored = store.List(Kind).Select(document => document.Read(Kind, json => Read(document.Id, json, now))).ToLookup(grant => grant.EndsAt > now && (grant.Sandbox is null || grant.Lifecycle is not null));
        foreach (var ended in stored[false])
        {
            Delete(ended.Id, "ttl");
        }

        return [.. stored[true]];
    }

    public void Put(Grant grant, string actor) => store.Apply([new StoreChange(Kind, grant.Id, Write(grant))], actor);

    public void Delete(string id, string actor) => store.Apply([new StoreChange(Kind, id, null)], actor);

    private ReadOnlyMemory<byte> Write(Grant grant)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("sandbox", grant.Sandbox);
            WriteNumber(json, "lifecycle", grant.Lifecycle);
            json.WriteStartObject("labels");
            foreach (var (name, value) in grant.Labels)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteStartArray("entries");
            foreach (var entry in grant.Entries)
            {
                json.WriteStringValue(entry.Text);
            }

            json.WriteEndArray();
            json.WriteNumber("ttlMilliseconds", (long)grant.Ttl.TotalMilliseconds);
            WriteNumber(json, "maxUses", grant.MaxUses);
            json.WriteNumber("uses", grant.Uses);
            json.WriteString("reason", grant.Reason);
            json.WriteString("actor", grant.Actor);
            json.WriteBoolean("admin", grant.IsByAdmin);
            json.WriteString("created", grant.Created);
            json.WriteString("expires", grant.Expires);
            json.WriteString("boot", BootClock.Id);
            json.WriteNumber("endsAtMilliseconds", MillisecondsOf(grant.EndsAt));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } value)
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private Grant Read(string id, JsonElement json, long now)
    {
        var ttl = TimeSpan.FromMilliseconds(json.GetProperty("ttlMilliseconds").GetInt64());
        var expires = json.GetProperty("expires").GetDateTimeOffset();
        var left = Min(ttl, expires - clock.GetUtcNow());
        if (BootClock.Id is { } boot && json.GetProperty("boot").GetString() == boot)
        {
            left = Min(left, TimeSpan.FromMilliseconds(json.GetProperty("endsAtMilliseconds").GetInt64() - MillisecondsOf(now)));
        }

        return new Grant
        {
            Id = id,
            Sandbox = json.GetProperty("sandbox").GetString(),
            Lifecycle = json.TryGetProperty("lifecycle", out var life) && life.ValueKind == JsonValueKind.Number ? life.GetInt64() : null,
            Labels = json.GetProperty("labels").EnumerateObject().ToImmutableDictionary(label => label.Name, label => label.Value.GetString() ?? string.Empty),
            Entries = [.. json.GetProperty("entries").EnumerateArray().Select(entry => ReadEntry(entry.GetString() ?? string.Empty))],
            Ttl = ttl,
            MaxUses = json.GetProperty("maxUses") is { ValueKind: JsonValueKind.Number } most ? most.GetInt32() : null,
            Uses = json.GetProperty("uses").GetInt32(),
            Reason = json.GetProperty("reason").GetString(),
            Actor = json.GetProperty("actor").GetString() ?? string.Empty,
            IsByAdmin = json.GetProperty("admin").GetBoolean(),
            Created = json.GetProperty("created").GetDateTimeOffset(),
            Expires = expires,
            EndsAt = now + (long)(left.TotalSeconds * clock.TimestampFrequency),
        };
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private long MillisecondsOf(long timestamp) => (long)(timestamp * 1000.0 / clock.TimestampFrequency);

    private static PolicyEntry ReadEntry(string text) =>
        EntryReader.TryRead(text, isAllow: true, out var entry, out var fault) ? entry : throw new FormatException(fault.Message);
}
