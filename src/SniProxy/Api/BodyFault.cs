using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SniProxy.Core.Policies;

namespace SniProxy.Api;

/// <summary>Says what is wrong with a body. The serializer's own text names .NET types, which say nothing to the caller.</summary>
internal static class BodyFault
{
    public static string Explain(JsonException fault, JsonTypeInfo type)
    {
        var where = FormattableString.Invariant($"line {(fault.LineNumber ?? 0) + 1}, byte {fault.BytePositionInLine ?? 0}");
        var path = fault.Path ?? "$";
        if (fault.InnerException is JsonException)
        {
            return $"The body is no JSON ({where}).";
        }

        if (path.Length <= 1)
        {
            var needed = type.Properties.Where(property => property.IsRequired).Select(property => property.Name).ToList();
            return $"The body is not a JSON object of the expected fields ({where}): {(needed.Count > 0 ? $"it needs {string.Join(", ", needed)}" : "write an object")}.";
        }

        var name = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
        if (name.AsSpan().ContainsAny('.', '['))
        {
            return $"{path} ({where}) is unknown, given twice, or of the wrong kind.";
        }

        return type.Properties.FirstOrDefault(property => property.Name == name) is { } known
            ? $"{path} ({where}) is given twice or of the wrong kind; write {KindOf(known.PropertyType)} there, once."
            : $"{path} ({where}) is unknown: {Suggestion.For(name, type.Properties.Select(property => property.Name))}";
    }

    private static string KindOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var kind when kind == typeof(bool) => "true or false",
        var kind when kind == typeof(int) => "a whole number",
        var kind when kind == typeof(string) => "text in quotes",
        var kind when kind == typeof(IReadOnlyDictionary<string, string>) => "an object of names and text",
        _ => "a list",
    };
}
