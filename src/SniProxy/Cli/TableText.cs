using System.Text;
using System.Text.Json;

namespace SniProxy.Cli;

/// <summary>Arrays of objects as aligned columns, objects as lines of name and value.</summary>
internal static class TableText
{
    private const string Absent = "-";
    private const int Gap = 2;

    public static string Of(JsonElement value, ReadOnlySpan<Column> columns)
    {
        var rows = value.ValueKind == JsonValueKind.Array ? RowsOf(value, columns) : PairsOf(value);
        var widths = new int[rows.Max(row => row.Length)];
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var line = new StringBuilder();
            for (var i = 0; i < row.Length; i++)
            {
                line.Append(row[i].PadRight(widths[i] + Gap));
            }

            text.AppendLine(line.ToString().TrimEnd());
        }

        return text.ToString();
    }

    private static List<string[]> RowsOf(JsonElement array, ReadOnlySpan<Column> columns)
    {
        var head = new string[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            head[i] = columns[i].Title;
        }

        var rows = new List<string[]> { head };
        foreach (var item in array.EnumerateArray())
        {
            var row = new string[columns.Length];
            for (var i = 0; i < columns.Length; i++)
            {
                row[i] = Cell(Find(item, columns[i].Field));
            }

            rows.Add(row);
        }

        return rows;
    }

    private static List<string[]> PairsOf(JsonElement value)
    {
        var rows = new List<string[]>();
        Collect(value, string.Empty);
        return rows.Count == 0 ? [[Absent]] : rows;

        void Collect(JsonElement part, string prefix)
        {
            foreach (var property in part.EnumerateObject())
            {
                if (property.Value.ValueKind == JsonValueKind.Object && property.Value.EnumerateObject().Any())
                {
                    Collect(property.Value, prefix + property.Name + ".");
                    continue;
                }

                rows.Add([prefix + property.Name, Cell(property.Value)]);
            }
        }
    }

    private static JsonElement? Find(JsonElement item, string field)
    {
        foreach (var name in field.Split('.'))
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty(name, out item))
            {
                return null;
            }
        }

        return item;
    }

    private static string Cell(JsonElement? value) => value is not { } element ? Absent : element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => Absent,
        JsonValueKind.True => "yes",
        JsonValueKind.False => "no",
        JsonValueKind.String => OneLine(element.GetString() ?? string.Empty),
        JsonValueKind.Array => element.GetArrayLength() == 0
            ? Absent
            : string.Join(' ', element.EnumerateArray().Select(item => Cell(item))),
        JsonValueKind.Object => !element.EnumerateObject().Any()
            ? Absent
            : string.Join(' ', element.EnumerateObject().Select(property => $"{property.Name}={Cell(property.Value)}")),
        _ => element.GetRawText(),
    };

    // What somebody else wrote must not steer the terminal or make up rows.
    private static string OneLine(string text)
    {
        if (text.Length == 0)
        {
            return Absent;
        }

        return string.Concat(text.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
    }
}
