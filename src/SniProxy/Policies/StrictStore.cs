using System.Text.Json;
using SniProxy.Storage;

namespace SniProxy.Policies;

/// <summary>Keeps the strict switch over a restart: what was made strict never comes back lax.</summary>
internal sealed class StrictStore(IStore store)
{
    private const string Kind = "strict";
    private const string Id = "switch";

    /// <exception cref="StoreException">What is stored cannot be read; to begin without it could let through what was forbidden.</exception>
    public StrictSwitch Load() => store.Find(Kind, Id) is { } stored ? stored.Read("strict", Read) : StrictSwitch.Off;

    public void Put(StrictSwitch strict, string actor)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("on", strict.On);
            json.WriteNumber("percent", strict.Percent);
            json.WriteStartArray("policies");
            foreach (var policy in strict.Policies.Order(StringComparer.Ordinal))
            {
                json.WriteStringValue(policy);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        store.Apply([new StoreChange(Kind, Id, buffer.ToArray())], actor);
    }

    private static StrictSwitch Read(JsonElement strict) => new(
        strict.GetProperty("on").GetBoolean(),
        strict.GetProperty("percent").GetInt32() is > 0 and <= 100 and var percent ? percent : throw new FormatException("the percentage is none"),
        strict.GetProperty("policies").EnumerateArray()
            .Select(policy => policy.GetString() ?? throw new FormatException("a policy has no name"))
            .ToHashSet(StringComparer.Ordinal));
}
