using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SniProxy.Cli;

/// <summary>Prints answers: a table for people, JSON and YAML for programs.</summary>
internal static class Output
{
    /// <summary>A terminal and a file are no page: a quotation mark is \" there, and a plus sign stays one.</summary>
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = Encoder };

    public static Option<OutputFormat> CreateOption()
    {
        var option = new Option<OutputFormat>("--output", "-o")
        {
            Description = "How to print the answer: table (unless said), json or yaml.",
            HelpName = "FORMAT",
        };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "table", "json", "yaml");
        return option;
    }

    /// <summary>Prints an object, or an array of objects by <paramref name="columns"/>.</summary>
    public static void Write(TextWriter writer, OutputFormat format, JsonElement value, params ReadOnlySpan<Column> columns)
    {
        switch (format)
        {
            case OutputFormat.Json:
                writer.WriteLine(ToIndentedJson(value));
                break;
            case OutputFormat.Yaml:
                writer.Write(YamlText.Of(value));
                break;
            default:
                writer.Write(TableText.Of(value, columns));
                break;
        }
    }

    private static string ToIndentedJson(JsonElement value)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            value.WriteTo(json);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }
}
