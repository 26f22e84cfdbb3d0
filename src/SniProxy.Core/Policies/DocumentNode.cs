namespace SniProxy.Core.Policies;

/// <summary>A node of a written document, whatever its notation (YAML or JSON), with the place where it begins.</summary>
public sealed class DocumentNode
{
    private DocumentNode(DocumentNodeKind kind, int line, int column)
    {
        Kind = kind;
        Line = line;
        Column = column;
    }

    public DocumentNodeKind Kind { get; }

    /// <summary>Counted from 1.</summary>
    public int Line { get; }

    /// <summary>Counted from 1.</summary>
    public int Column { get; }

    /// <summary>For a scalar: its text.</summary>
    public string Text { get; private init; } = string.Empty;

    /// <summary>For a scalar: written without quotes, so that it may be a number, a truth value or null.</summary>
    public bool IsPlain { get; private init; }

    /// <summary>For a sequence.</summary>
    public IReadOnlyList<DocumentNode> Items { get; private init; } = [];

    /// <summary>For a mapping, in the order of writing; duplicates are still there.</summary>
    public IReadOnlyList<DocumentField> Fields { get; private init; } = [];

    public static DocumentNode Scalar(string text, bool isPlain, int line, int column) =>
        new(DocumentNodeKind.Scalar, line, column) { Text = text, IsPlain = isPlain };

    public static DocumentNode Sequence(IReadOnlyList<DocumentNode> items, int line, int column) =>
        new(DocumentNodeKind.Sequence, line, column) { Items = items };

    public static DocumentNode Mapping(IReadOnlyList<DocumentField> fields, int line, int column) =>
        new(DocumentNodeKind.Mapping, line, column) { Fields = fields };
}
