using System.Globalization;

namespace SniProxy.Core.Policies.Exports;

/// <summary>A mapping that is being written, key by key. What is null is not written.</summary>
internal sealed class NodeFields
{
    private readonly List<DocumentField> fields = [];

    public int Count => fields.Count;

    public void Add(string key, DocumentNode? value)
    {
        if (value is not null)
        {
            fields.Add(new DocumentField(Plain(key), value));
        }
    }

    public void Add(string key, string? text) => Add(key, text is null ? null : Text(text));

    public void AddNumber(string key, int? number) => Add(key, number is { } value ? Plain(value.ToString(CultureInfo.InvariantCulture)) : null);

    public void Add(string key, DateOnly? date) => Add(key, date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    public DocumentNode ToNode() => DocumentNode.Mapping(fields, 1, 1);

    /// <summary>A number or a truth value.</summary>
    public static DocumentNode Plain(string text) => DocumentNode.Scalar(text, isPlain: true, 1, 1);

    public static DocumentNode Text(string text) => DocumentNode.Scalar(text, isPlain: false, 1, 1);

    public static DocumentNode List(IEnumerable<DocumentNode> items) => DocumentNode.Sequence([.. items], 1, 1);
}
