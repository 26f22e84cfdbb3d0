using System.Globalization;
using System.Text;
using SniProxy.Core.Policies;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SniProxy.Policies;

/// <summary>
/// Reads policy documents in YAML, and so in JSON, which is a part of it. Of YAML only what a policy needs: one document of mappings,
/// lists and words. Anchors, aliases, tags and merge keys are refused, since they let a small file stand for a huge or a surprising one.
/// </summary>
internal static class PolicyYaml
{
    private const int MaxDepth = 32;
    private const string NotationFix = "mend the notation here; indent with spaces, and put quotes around text with \": \", \"#\", \"*\" or brackets";

    /// <param name="bytes">The document, UTF-8.</param>
    /// <param name="file">Where it comes from, for errors.</param>
    /// <param name="defaultName">The name of a document that has none.</param>
    /// <param name="bundles">What its <c>use</c> can name; null for nothing.</param>
    public static PolicyReading Read(ReadOnlySpan<byte> bytes, string file, string defaultName, BundleShelf? bundles = null) =>
        Read(bytes, file, root => PolicyDocumentReader.Read(root, file, defaultName, bundles));

    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, string, string, BundleShelf?)"/>
    public static PolicyReading Read(string text, string file, string defaultName, BundleShelf? bundles = null) =>
        Read(text, file, root => PolicyDocumentReader.Read(root, file, defaultName, bundles));

    /// <summary>Reads a bundle.</summary>
    public static PolicyReading ReadBundle(ReadOnlySpan<byte> bytes, string file, string name) => Read(bytes, file, root => BundleReader.Read(root, file, name));

    /// <summary>Reads a document as it is written, whatever it means; null with the error where its notation cannot be read.</summary>
    public static DocumentNode? ReadNodes(ReadOnlySpan<byte> bytes, string file, out PolicyError? error)
    {
        DocumentNode? root = null;
        var reading = Read(bytes, file, nodes =>
        {
            root = nodes;
            return new PolicyReading(null, []);
        });
        error = reading.Errors.Count > 0 ? reading.Errors[0] : null;
        return root;
    }

    private static PolicyReading Read(ReadOnlySpan<byte> bytes, string file, Func<DocumentNode, PolicyReading> interpret)
    {
        if (bytes.Length > PolicyDocument.MaxBytes)
        {
            return Fail(file, 0, 0, string.Create(CultureInfo.InvariantCulture, $"the document has {bytes.Length} bytes"), "keep it within 1 MiB (1,048,576 bytes)");
        }

        // A byte order mark of UTF-8 says nothing; bytes of zero are in no text and in all of UTF-16.
        bytes = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        if (bytes.Contains((byte)0) || !System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return Fail(file, 1, 1, "the document is not UTF-8", "save it as UTF-8");
        }

        return Read(Encoding.UTF8.GetString(bytes), file, interpret);
    }

    private static PolicyReading Read(string text, string file, Func<DocumentNode, PolicyReading> interpret)
    {
        if (Encoding.UTF8.GetByteCount(text) > PolicyDocument.MaxBytes)
        {
            return Fail(file, 0, 0, "the document is too large", "keep it within 1 MiB (1,048,576 bytes)");
        }

        var scanner = new Scanner(new StringReader(text), skipComments: true);
        DocumentNode? root;
        try
        {
            root = ReadStream(new Parser(scanner));
        }
        catch (RefusedYamlException refused)
        {
            return Fail(file, refused.Start.Line, refused.Start.Column, refused.Message, refused.Fix);
        }
        catch (YamlException fault)
        {
            var place = PlaceOf(fault, scanner);
            return Fail(file, place.Line, place.Column, $"the YAML cannot be read: {FirstLine(fault.Message)}", NotationFix);
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // YamlDotNet's scanner answers some broken input with these (a plain scalar that begins with a lone colon in flow style, for one).
            return Fail(file, scanner.CurrentPosition.Line, scanner.CurrentPosition.Column, "the YAML cannot be read", NotationFix);
        }

        return root is null
            ? Fail(file, 1, 1, "the document is empty", "write \"rules: []\" for a policy that denies everything")
            : interpret(root);
    }

    private static DocumentNode? ReadStream(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
        {
            return null;
        }

        parser.Consume<DocumentStart>();
        var root = ReadNode(parser, depth: 1);
        parser.Consume<DocumentEnd>();
        if (!parser.Accept<StreamEnd>(out _))
        {
            throw Refuse(parser.Consume<ParsingEvent>(), "a second document begins", "write one policy in each file");
        }

        return root;
    }

    private static DocumentNode ReadNode(Parser parser, int depth)
    {
        var here = parser.Consume<ParsingEvent>();
        if (depth > MaxDepth)
        {
            throw Refuse(here, "the document is nested too deeply", "no policy needs more than 5 levels");
        }

        if (here is AnchorAlias || here is NodeEvent { Anchor.IsEmpty: false })
        {
            throw Refuse(here, "anchors and aliases are not read", "write the value out; put quotes around an entry that begins with \"*\"");
        }

        if (here is NodeEvent { Tag.IsEmpty: false })
        {
            throw Refuse(here, "tags are not read", "take the \"!\" and its word out, or put quotes around the text");
        }

        var (line, column) = ((int)here.Start.Line, (int)here.Start.Column);
        return here switch
        {
            Scalar scalar => DocumentNode.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain, line, column),
            SequenceStart => DocumentNode.Sequence(ReadItems(parser, depth), line, column),
            MappingStart => DocumentNode.Mapping(ReadFields(parser, depth), line, column),
            _ => throw Refuse(here, "a value is missing", "write a value"),
        };
    }

    private static List<DocumentNode> ReadItems(Parser parser, int depth)
    {
        var items = new List<DocumentNode>();
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(parser, depth + 1));
        }

        return items;
    }

    private static List<DocumentField> ReadFields(Parser parser, int depth)
    {
        var fields = new List<DocumentField>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(parser, depth + 1);
            if (key is { Kind: DocumentNodeKind.Scalar, IsPlain: true, Text: "<<" })
            {
                throw new RefusedYamlException(new Mark(0, key.Line, key.Column), "merge keys are not read", "write the keys out");
            }

            fields.Add(new DocumentField(key, ReadNode(parser, depth + 1)));
        }

        return fields;
    }

    private static RefusedYamlException Refuse(ParsingEvent here, string message, string fix) => new(here.Start, message, fix);

    private static PolicyReading Fail(string file, long line, long column, string message, string fix) =>
        new(null, [new PolicyError(file, (int)line, (int)column, string.Empty, message, fix)]);

    // Of a tab that indents, YamlDotNet names the beginning of the mapping it stands in: the scanner has come further, as far as the tab.
    private static Mark PlaceOf(YamlException fault, Scanner scanner) =>
        fault.Start.Equals(fault.End) && scanner.CurrentPosition.Line > fault.Start.Line ? scanner.CurrentPosition : fault.Start;

    private static string FirstLine(string message) => message.AsSpan().IndexOfAny('\r', '\n') is var end && end >= 0 ? message[..end] : message;

    private sealed class RefusedYamlException(Mark start, string message, string fix) : YamlException(start, start, message)
    {
        public string Fix { get; } = fix;
    }
}
