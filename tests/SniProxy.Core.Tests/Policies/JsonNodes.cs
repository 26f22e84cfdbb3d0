using System.Text;
using System.Text.Json;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Document nodes from JSON, so that the pure reader is tested without the appliance's YAML.</summary>
internal static class JsonNodes
{
    public static DocumentNode Parse(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        reader.Read();
        return Node(ref reader, bytes);
    }

    private static DocumentNode Node(ref Utf8JsonReader reader, byte[] bytes)
    {
        var (line, column) = Place(bytes, (int)reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                var items = new List<DocumentNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(Node(ref reader, bytes));
                }

                return DocumentNode.Sequence(items, line, column);
            case JsonTokenType.StartObject:
                var fields = new List<DocumentField>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var (keyLine, keyColumn) = Place(bytes, (int)reader.TokenStartIndex);
                    var key = DocumentNode.Scalar(reader.GetString() ?? string.Empty, isPlain: false, keyLine, keyColumn);
                    reader.Read();
                    fields.Add(new DocumentField(key, Node(ref reader, bytes)));
                }

                return DocumentNode.Mapping(fields, line, column);
            case JsonTokenType.String:
                return DocumentNode.Scalar(reader.GetString() ?? string.Empty, isPlain: false, line, column);
            default:
                return DocumentNode.Scalar(Encoding.UTF8.GetString(reader.ValueSpan), isPlain: true, line, column);
        }
    }

    private static (int Line, int Column) Place(byte[] bytes, int index)
    {
        var before = bytes.AsSpan(0, index);
        return (before.Count((byte)'\n') + 1, index - before.LastIndexOf((byte)'\n'));
    }
}
