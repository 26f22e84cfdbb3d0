using System.Text.Json;

namespace SniProxy.Lab.Product;

/// <summary>One line of events.jsonl.</summary>
public sealed record LoggedEvent(JsonElement Root)
{
    /// <summary>A field as text: a string as it is, anything else as JSON, null when absent or null.</summary>
    public string? this[string field] =>
        !Root.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.GetRawText();

    public bool Is(string field, string value) => string.Equals(this[field], value, StringComparison.OrdinalIgnoreCase);

    public override string ToString() => Root.GetRawText();
}
