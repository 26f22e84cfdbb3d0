using System.Text.Json;
using SniProxy.Storage;

namespace SniProxy.Policies;

/// <summary>Keeps the strict switch over a restart: what was made strict never comes back lax.</summary>
internal sealed class StrictStore(IStore store)
{
    private const string Kind = "strict";
    private const string Id = "switch";

    public StrictSwitch Load()
    {
        if (store.Find(Kind, Id) is not { } stored)
        {
            return StrictSwitch.Off;
        }

        using var document = JsonDocument.Parse(stored.Json);
        var strict = document.RootElement;
        return new StrictSwitch(
            strict.GetProperty("on").GetBoolean(),
            strict.GetProperty("percent").GetInt32(),
            strict.GetProperty("policies").EnumerateArray()
                .Select(policy => policy.GetString() ?? string.Empty)
                .ToHashSet(StringComparer.Ordinal));
    }

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
}
