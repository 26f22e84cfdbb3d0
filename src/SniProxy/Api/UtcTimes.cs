using System.Text.Json;
using System.Text.Json.Serialization;

namespace SniProxy.Api;

/// <summary>Times as events have them: RFC 3339 in UTC, with a Z. Any offset is read.</summary>
internal sealed class UtcTimes : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);
}
