using System.Text;
using System.Text.Json;

namespace SniProxy.Cli;

/// <summary>JSON values as block YAML (1.2). Strings are quoted as JSON wherever a reader could take them for something else.</summary>
internal static class YamlText
{
    public static string Of(JsonElement value)
    {
        var text = new StringBuilder();
        if (IsBlock(value))
        {
            Append(text, value, 0);
        }
        else
        {
            text.Append(Scalar(value)).Append('\n');
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonElement value, int depth)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                AppendItem(text, item, depth);
            }

            return;
        }

        foreach (var property in value.EnumerateObject())
        {
            Indent(text, depth).Append(Text(property.Name)).Append(':');
            AppendBehindColon(text, property.Value, depth);
        }
    }

    private static void AppendBehindColon(StringBuilder text, JsonElement value, int depth)
    {
        if (!IsBlock(value))
        {
            text.Append(' ').Append(Scalar(value)).Append('\n');
            return;
        }

        text.Append('\n');
        Append(text, value, depth + 1);
    }

    private static void AppendItem(StringBuilder text, JsonElement item, int depth)
    {
        if (!IsBlock(item))
        {
            Indent(text, depth).Append("- ").Append(Scalar(item)).Append('\n');
            return;
        }

        // The first line of the block stands behind the dash.
        var start = text.Length;
        Append(text, item, depth + 1);
        text[start + (depth * 2)] = '-';
    }

    private static StringBuilder Indent(StringBuilder text, int depth) => text.Append(' ', depth * 2);

    private static bool IsBlock(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => value.EnumerateObject().Any(),
        _ => false,
    };

    private static string Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Text(value.GetString() ?? string.Empty),
        JsonValueKind.Array => "[]",
        JsonValueKind.Object => "{}",
        _ => value.GetRawText(),
    };

    // Plain only where no YAML version reads anything but a string: letters first, nothing that is a word of YAML 1.1.
    private static string Text(string text)
    {
        var isPlain = text.Length > 0
            && char.IsAsciiLetter(text[0])
            && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '/')
            && text.ToLowerInvariant() is not ("y" or "n" or "yes" or "no" or "on" or "off" or "true" or "false" or "null");
        return isPlain ? text : $"\"{JsonEncodedText.Encode(text, Output.Encoder)}\"";
    }
}
