using System.Text.Json;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Exports;

namespace SniProxy.Cli.Policies;

/// <summary>Documents as JSON values, from which <see cref="Output"/> makes JSON or YAML.</summary>
internal static class NodeJson
{
    public static JsonElement Of(PolicyDocument document) => Of(PolicyDocumentWriter.Write(document));

    public static JsonElement Of(DocumentNode node)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, node);
        }

        using var document = JsonDocument.Parse(buffer.ToArray());
        return document.RootElement.Clone();
    }

    private static void Write(Utf8JsonWriter json, DocumentNode node)
    {
        switch (node.Kind)
        {
            case DocumentNodeKind.Mapping:
                json.WriteStartObject();
                foreach (var (key, value) in node.Fields)
                {
                    json.WritePropertyName(key.Text);
                    Write(json, value);
                }

                json.WriteEndObject();
                break;
            case DocumentNodeKind.Sequence:
                json.WriteStartArray();
                foreach (var item in node.Items)
                {
                    Write(json, item);
                }

                json.WriteEndArray();
                break;
            case DocumentNodeKind.Scalar when node.IsPlain:
                json.WriteRawValue(node.Text);
                break;
            default:
                json.WriteStringValue(node.Text);
                break;
        }
    }
}
