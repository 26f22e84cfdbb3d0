using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>Reads one rule of a document.</summary>
internal sealed class RuleReader(NodeReader reader, int entriesBefore = 0)
{
    public static readonly string[] Decisions = ["allow", "deny", "audit"];
    public static readonly string[] Keys = [.. Decisions, "except", "label", "priority", "reason", "owner", "reviewBy", "source", "expires", "protocol", "resolvesTo", "when", "limits"];

    private int entryCount = entriesBefore;

    public RuleDocument? Read(DocumentNode node, string path)
    {
        if (node.Kind == DocumentNodeKind.Scalar && !NodeReader.IsNull(node))
        {
            return ReadShorthand(node, path);
        }

        if (node.Kind != DocumentNodeKind.Mapping || node.Fields.Count == 0)
        {
            reader.Fail(node, path, $"{NodeReader.Describe(node)} stands where a rule belongs", "write a destination to allow, or a mapping with \"allow\", \"deny\" or \"audit\"");
            return null;
        }

        var fields = reader.Fields(node, path, Keys);
        var written = Decisions.Where(fields.ContainsKey).ToArray();
        if (written.Length != 1)
        {
            reader.Fail(
                node, path, written.Length == 0 ? "the rule decides nothing" : $"the rule has {string.Join(" and ", written)}",
                written.Length == 0 ? "give it a list under \"allow\", \"deny\" or \"audit\"" : "make it one rule for each, in the order in which they are to be tried");
        }

        return ReadFields(node, path, fields, written.Length == 0 ? "allow" : written[0]);
    }

    private RuleDocument? ReadShorthand(DocumentNode node, string path) => ReadEntry(node, path, isAllow: true) is { } entry
        ? new RuleDocument { Decision = Decision.Allow, Scope = [entry], Line = node.Line, Column = node.Column }
        : null;

    private RuleDocument ReadFields(DocumentNode node, string path, Dictionary<string, DocumentNode> fields, string word)
    {
        var decision = word switch
        {
            "allow" => Decision.Allow,
            "audit" => Decision.Audit,
            _ => Decision.Deny,
        };
        var protocol = fields.TryGetValue("protocol", out var protocolNode)
            ? reader.Choice(protocolNode, $"{path}.protocol", Choices.Protocol) ?? EntryScheme.Plain
            : EntryScheme.Plain;
        return new RuleDocument
        {
            Decision = decision,
            Scope = fields.TryGetValue(word, out var scope) ? ReadEntries(scope, $"{path}.{word}", decision == Decision.Allow, protocol, "take the rule out") : [],
            Except = fields.TryGetValue("except", out var except) ? ReadEntries(except, $"{path}.except", isAllow: false, EntryScheme.Plain, "take the key out") : [],
            Label = ReadText(fields, path, "label"),
            Priority = fields.TryGetValue("priority", out var priority) ? reader.Number(priority, $"{path}.priority", 0, 1_000_000) : RuleDocument.DefaultPriority,
            Reason = ReadText(fields, path, "reason"),
            Owner = ReadText(fields, path, "owner"),
            Source = ReadText(fields, path, "source"),
            ReviewBy = fields.TryGetValue("reviewBy", out var review) ? reader.Date(review, $"{path}.reviewBy") : null,
            Expires = fields.TryGetValue("expires", out var expires) ? reader.Moment(expires, $"{path}.expires") : null,
            When = fields.TryGetValue("when", out var when) ? WhenReader.Read(reader, when, $"{path}.when") : null,
            Limits = fields.TryGetValue("limits", out var limits) ? LimitsReader.Read(reader, limits, $"{path}.limits", decision) : null,
            Protocol = protocol,
            ResolvesTo = fields.TryGetValue("resolvesTo", out var blocks) ? ReadBlocks(blocks, $"{path}.resolvesTo", decision) : [],
            Line = node.Line,
            Column = node.Column,
        };
    }

    private string? ReadText(Dictionary<string, DocumentNode> fields, string path, string key) =>
        fields.TryGetValue(key, out var node) ? reader.Text(node, $"{path}.{key}", key == "label" ? 100 : 500) : null;

    private List<PolicyEntry> ReadEntries(DocumentNode node, string path, bool isAllow, EntryScheme protocol, string instead)
    {
        var entries = new List<PolicyEntry>();
        foreach (var (item, itemPath) in reader.List(node, path, "destinations", $"write at least one destination, or {instead}"))
        {
            if (ReadEntry(item, itemPath, isAllow) is not { } entry)
            {
                continue;
            }

            if (protocol != EntryScheme.Plain && entry.Scheme is not EntryScheme.Plain && entry.Scheme != protocol)
            {
                reader.Fail(item, itemPath, $"\"{entry.Text}\" has another protocol than its rule", "take the scheme or the rule's \"protocol\" out");
            }

            entries.Add(entry);
        }

        return entries;
    }

    private PolicyEntry? ReadEntry(DocumentNode node, string path, bool isAllow)
    {
        if (++entryCount == PolicyDocument.MaxEntries + 1)
        {
            reader.Fail(node, path, "the document has more than 100,000 entries", "split it, or let wildcards and blocks stand for many entries");
        }

        if (entryCount > PolicyDocument.MaxEntries)
        {
            return null;
        }

        if (node.Kind != DocumentNodeKind.Scalar)
        {
            reader.Fail(node, path, $"{NodeReader.Describe(node)} stands where a destination belongs", "write one destination in each line of the list");
            return null;
        }

        if (EntryReader.TryRead(NodeReader.IsNull(node) ? string.Empty : node.Text, isAllow, out var entry, out var fault))
        {
            return entry;
        }

        reader.Fail(node, path, fault.Message, fault.Fix);
        return null;
    }

    private List<Cidr> ReadBlocks(DocumentNode node, string path, Decision decision)
    {
        var blocks = new List<Cidr>();
        if (decision != Decision.Allow)
        {
            reader.Fail(node, path, "\"resolvesTo\" belongs to an allow rule", "take it out");
        }

        foreach (var (item, itemPath) in reader.List(node, path, "blocks of addresses", "write at least one private block, or take the key out"))
        {
            var syntax = item.Kind == DocumentNodeKind.Scalar ? Cidr.TryParse(item.Text, out var block) : Fail(out block);
            if (syntax is CidrSyntax.HostBits or CidrSyntax.Mapped)
            {
                reader.Fail(item, itemPath, $"{NodeReader.Describe(item)} is not the plain spelling of a block", $"write {block}");
            }
            else if (syntax != CidrSyntax.Valid)
            {
                reader.Fail(item, itemPath, $"{NodeReader.Describe(item)} is no block of addresses", "write a private block, such as 10.1.0.0/16");
            }
            else if (!SpecialAddresses.IsWhollyPrivate(block))
            {
                reader.Fail(item, itemPath, $"{block} is not inside a private range", "write the part of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or fc00::/7 that is meant; other addresses need no opening");
            }
            else
            {
                blocks.Add(block);
            }
        }

        return blocks;
    }

    private static CidrSyntax Fail(out Cidr block)
    {
        block = default;
        return CidrSyntax.Malformed;
    }
}
