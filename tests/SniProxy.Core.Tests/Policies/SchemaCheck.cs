using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Whether a document fits a JSON Schema: as much of draft 2020-12 as the policy's schema uses; what it does not know is an error of the test.</summary>
internal static class SchemaCheck
{
    public static bool Fits(JsonNode? node, JsonObject schema) => schema.All(keyword => keyword.Value is { } rule && Fits(node, keyword.Key, rule, schema));

    private static bool Fits(JsonNode? node, string keyword, JsonNode rule, JsonObject schema) => keyword switch
    {
        "$schema" or "title" or "description" or "format" => true,
        "type" => rule.GetValue<string>() switch
        {
            "object" => node is JsonObject,
            "array" => node is JsonArray,
            "string" => node is JsonValue text && text.TryGetValue<string>(out _),
            "integer" => node is JsonValue number && number.TryGetValue<int>(out _),
            "boolean" => node is JsonValue flag && flag.TryGetValue<bool>(out _),
            var type => throw new NotSupportedException(type),
        },
        "const" => JsonNode.DeepEquals(node, rule),
        "enum" => rule.AsArray().Any(word => JsonNode.DeepEquals(node, word)),
        "pattern" => !IsText(node, out var text) || Regex.IsMatch(text, rule.GetValue<string>()),
        "minLength" => !IsText(node, out var text) || text.Length >= rule.GetValue<int>(),
        "maxLength" => !IsText(node, out var text) || text.Length <= rule.GetValue<int>(),
        "minimum" => node is not JsonValue value || !value.TryGetValue<int>(out var number) || number >= rule.GetValue<int>(),
        "maximum" => node is not JsonValue value || !value.TryGetValue<int>(out var number) || number <= rule.GetValue<int>(),
        "items" => node is not JsonArray items || items.All(item => Fits(item, rule.AsObject())),
        "minItems" => node is not JsonArray items || items.Count >= rule.GetValue<int>(),
        "properties" => node is not JsonObject fields || fields.All(field => rule[field.Key] is not JsonObject of || Fits(field.Value, of)),
        "additionalProperties" => node is not JsonObject fields || fields.All(field => schema["properties"]?[field.Key] is not null || (rule is JsonObject of && Fits(field.Value, of))),
        "minProperties" => node is not JsonObject fields || fields.Count >= rule.GetValue<int>(),
        "required" => node is not JsonObject fields || rule.AsArray().All(key => key is not null && fields.ContainsKey(key.GetValue<string>())),
        "dependentRequired" => node is not JsonObject fields || rule.AsObject().All(pair => !fields.ContainsKey(pair.Key) || Fits(node, "required", pair.Value ?? new JsonArray(), schema)),
        "oneOf" => rule.AsArray().Count(of => of is JsonObject one && Fits(node, one)) == 1,
        _ => throw new NotSupportedException(keyword),
    };

    private static bool IsText(JsonNode? node, out string text)
    {
        text = string.Empty;
        return node is JsonValue value && value.TryGetValue<string>(out var found) && (text = found) is not null;
    }
}
