using System.Globalization;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>Reads a policy document strictly: what is not understood is an error, and all errors of a document are found at once.</summary>
public static class PolicyDocumentReader
{
    private const string NameFix = "write letters, digits, \"-\", \"_\" and \".\", beginning with a letter or digit, at most 64";

    internal static readonly string[] Keys =
    [
        "version", "name", "purpose", "data", "owner", "reviewBy", "edition", "mode", "default", "enabled", "rollout", "use", "rules", "ech", "quic", "dns", "onRevoke",
    ];

    /// <param name="root">The document.</param>
    /// <param name="file">Where it comes from, for errors.</param>
    /// <param name="defaultName">The name of a document that has none: the file's without its ending.</param>
    /// <param name="bundles">What <c>use</c> can name; null for nothing.</param>
    public static PolicyReading Read(DocumentNode root, string file, string defaultName, BundleShelf? bundles = null)
    {
        var reader = new NodeReader(file);
        if (root.Kind != DocumentNodeKind.Mapping)
        {
            reader.Fail(root, string.Empty, $"{NodeReader.Describe(root)} stands where a policy belongs", "write a mapping, for instance \"rules: []\", which denies everything");
            return new PolicyReading(null, reader.Errors);
        }

        var fields = reader.Fields(root, string.Empty, Keys, RuleReader.Keys);
        if (fields.TryGetValue("version", out var version))
        {
            reader.Number(version, "version", 1, 1);
        }

        var used = fields.TryGetValue("use", out var use) ? UseReader.Read(reader, use, bundles ?? BundleShelf.None) : [];
        var document = new PolicyDocument
        {
            Name = ReadName(reader, root, fields, defaultName),
            Purpose = Text(reader, fields, "purpose"),
            Data = Text(reader, fields, "data"),
            Owner = Text(reader, fields, "owner"),
            ReviewBy = fields.TryGetValue("reviewBy", out var review) ? reader.Date(review, "reviewBy") : null,
            Edition = fields.TryGetValue("edition", out var edition) ? reader.Date(edition, "edition") : null,
            Bundles = used,
            Mode = Choice(reader, fields, "mode", Choices.Mode) ?? Mode.Enforce,
            Default = Choice(reader, fields, "default", Choices.Default) ?? Decision.Deny,
            IsEnabled = !fields.TryGetValue("enabled", out var enabled) || reader.Flag(enabled, "enabled"),
            Rollout = fields.TryGetValue("rollout", out var rollout) ? ReadPercent(reader, rollout) : 100,
            Rules = fields.TryGetValue("rules", out var rules) ? ReadRules(reader, rules, used) : [],
            Ech = Choice(reader, fields, "ech", Choices.Ech) ?? EchHandling.Strip,
            Quic = Choice(reader, fields, "quic", Choices.Quic) ?? QuicHandling.Block,
            DnsMode = fields.TryGetValue("dns", out var dns) ? ReadDns(reader, dns) : null,
            OnRevoke = Choice(reader, fields, "onRevoke", Choices.OnRevoke) ?? RevokeHandling.Reset,
        };
        var errors = reader.Errors.OrderBy(error => error.Line).ThenBy(error => error.Column).ToArray();
        return new PolicyReading(errors.Length == 0 ? document : null, errors);
    }

    /// <summary>True for a name that a policy may have.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && char.IsAsciiLetterOrDigit(name[0])
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    private static string ReadName(NodeReader reader, DocumentNode root, Dictionary<string, DocumentNode> fields, string defaultName)
    {
        var node = fields.GetValueOrDefault("name");
        var name = node is null ? defaultName : reader.Text(node, "name");
        if (name is null)
        {
            return defaultName;
        }

        if (!IsName(name))
        {
            reader.Fail(node ?? root, "name", $"\"{name}\" is no name for a policy", NameFix);
        }
        else if (name.Equals(PolicyDocument.DenyAll, StringComparison.OrdinalIgnoreCase))
        {
            reader.Fail(node ?? root, "name", $"\"{PolicyDocument.DenyAll}\" is the built-in policy", "give this one another name");
        }

        return name;
    }

    private static string? Text(NodeReader reader, Dictionary<string, DocumentNode> fields, string key) =>
        fields.TryGetValue(key, out var node) ? reader.Text(node, key) : null;

    private static T? Choice<T>(NodeReader reader, Dictionary<string, DocumentNode> fields, string key, Dictionary<string, T> choices)
        where T : struct => fields.TryGetValue(key, out var node) ? reader.Choice(node, key, choices) : null;

    private static int ReadPercent(NodeReader reader, DocumentNode node)
    {
        if (node.Kind == DocumentNodeKind.Scalar && node.Text.EndsWith('%')
            && int.TryParse(node.Text.AsSpan(0, node.Text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent) && percent <= 100)
        {
            return percent;
        }

        reader.Fail(node, "rollout", $"{NodeReader.Describe(node)} is no share", "write whole percents from 0% to 100%");
        return 100;
    }

    private static PolicyDnsMode? ReadDns(NodeReader reader, DocumentNode node)
    {
        if (node.Kind != DocumentNodeKind.Mapping || node.Fields.Count == 0)
        {
            reader.Fail(node, "dns", $"{NodeReader.Describe(node)} stands where the mode of DNS belongs", "write { mode: forward }, or take the key out");
            return null;
        }

        var fields = reader.Fields(node, "dns", ["mode"]);
        return fields.TryGetValue("mode", out var mode) ? reader.Choice(mode, "dns.mode", Choices.DnsMode) : null;
    }

    private static List<RuleDocument> ReadRules(NodeReader reader, DocumentNode node, List<PolicyDocument> used)
    {
        var rules = new List<RuleDocument>();
        if (node.Kind != DocumentNodeKind.Sequence)
        {
            reader.Fail(node, "rules", $"{NodeReader.Describe(node)} stands where the list of rules belongs", "write a list with one rule behind each \"-\", or [] for none");
            return rules;
        }

        var ruleReader = new RuleReader(reader, used.Sum(bundle => bundle.Rules.Sum(rule => rule.Scope.Count)));
        for (var i = 0; i < node.Items.Count; i++)
        {
            if (ruleReader.Read(node.Items[i], string.Create(CultureInfo.InvariantCulture, $"rules[{i}]")) is { } rule)
            {
                rules.Add(rule);
            }
        }

        return rules;
    }
}
