using System.Globalization;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Imports;

/// <summary>Reads fields and destinations of foreign documents, and collects what cannot be kept.</summary>
internal sealed class ForeignReader(string file)
{
    private readonly NodeReader reader = new(file);
    private readonly List<PolicyError> remarks = [];

    public IReadOnlyList<PolicyError> Refusals => reader.Errors;

    public IReadOnlyList<PolicyError> Remarks => remarks;

    public void Refuse(DocumentNode node, string path, string message, string fix) => reader.Fail(node, path, message, fix);

    public void Remark(DocumentNode node, string path, string message, string fix) => remarks.Add(new PolicyError(file, node.Line, node.Column, path, message, fix));

    /// <summary>The fields of a mapping. Those that are left out are remarked on; unknown ones are refused.</summary>
    public Dictionary<string, DocumentNode> Fields(DocumentNode node, string path, IReadOnlyList<string> known, IReadOnlyList<string> leftOut)
    {
        if (node.Kind != DocumentNodeKind.Mapping)
        {
            Refuse(node, path, $"{NodeReader.Describe(node)} stands where a mapping belongs", $"write a mapping with {string.Join(", ", known)}");
            return [];
        }

        var fields = reader.Fields(node, path, [.. known, .. leftOut]);
        foreach (var key in leftOut.Where(fields.ContainsKey))
        {
            Remark(fields[key], Join(path, key), $"\"{key}\" is not about where connections may go, and was left out", "see to it where the sandbox is made");
        }

        return fields;
    }

    public string? Text(DocumentNode node, string path)
    {
        if (node.Kind == DocumentNodeKind.Scalar && !string.IsNullOrWhiteSpace(node.Text) && !NodeReader.IsNull(node))
        {
            return node.Text.Trim();
        }

        Refuse(node, path, $"{NodeReader.Describe(node)} stands where a word belongs", "write the word");
        return null;
    }

    public bool Flag(DocumentNode node, string path) => reader.Flag(node, path);

    public T? Choice<T>(DocumentNode node, string path, IReadOnlyDictionary<string, T> choices)
        where T : struct => reader.Choice(node, path, choices);

    /// <summary>The items of a list, each with its path; nothing for an empty one.</summary>
    public IEnumerable<(DocumentNode Node, string Path)> Items(DocumentNode? node, string path)
    {
        if (node is null || NodeReader.IsNull(node))
        {
            return [];
        }

        if (node.Kind != DocumentNodeKind.Sequence)
        {
            Refuse(node, path, $"{NodeReader.Describe(node)} stands where a list belongs", "write a list");
            return [];
        }

        return node.Items.Select((item, index) => (item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]")));
    }

    /// <summary>The destinations of a list that can be kept.</summary>
    public List<PolicyEntry> Entries(DocumentNode? node, string path, bool isAllow, ForeignHosts hosts) =>
        [.. Items(node, path).Select(item => Entry(item.Node, item.Path, isAllow, hosts)).OfType<PolicyEntry>()];

    public PolicyEntry? Entry(DocumentNode node, string path, bool isAllow, ForeignHosts hosts) =>
        Text(node, path) is { } text ? Entry(node, path, text, isAllow, hosts) : null;

    /// <param name="node">For the place.</param>
    /// <param name="path">For the place.</param>
    /// <param name="text">The destination.</param>
    /// <param name="isAllow">True where it is let through.</param>
    /// <param name="hosts">What it means there.</param>
    public PolicyEntry? Entry(DocumentNode node, string path, string text, bool isAllow, ForeignHosts hosts)
    {
        if (text.Contains("://", StringComparison.Ordinal) || text.Contains("${", StringComparison.Ordinal))
        {
            Refuse(node, path, $"\"{text}\" is more than a host", "write the host, and its port behind a colon");
            return null;
        }

        var written = hosts.IsStarDeep && text.StartsWith("*.", StringComparison.Ordinal) ? "*" + text : text;
        if (hosts.IsStarDeep && written.AsSpan(written.StartsWith("**.", StringComparison.Ordinal) ? 3 : 0).Contains('*'))
        {
            Refuse(node, path, $"\"{text}\" has a star in a place where its meaning is not known", "write the names out, or one star at the beginning before a dot");
            return null;
        }

        if (!EntryReader.TryRead(written, isAllow, out var read, out var fault))
        {
            Refuse(node, path, fault.Message, fault.Fix);
            return null;
        }

        if (read.Ports is not null && !hosts.HasPorts)
        {
            Refuse(node, path, $"\"{text}\" has a port, which such documents do not know", "take the port out, or write the rule into the policy by hand");
            return null;
        }

        return isAllow ? Allow(node, path, read, written, hosts) : read;
    }

    private PolicyEntry? Allow(DocumentNode node, string path, PolicyEntry read, string written, ForeignHosts hosts)
    {
        if (IsNeverDialled(read))
        {
            Refuse(node, path, $"\"{read}\" leads to the machine itself or to its metadata service, which no rule opens here", "take it out; what a sandbox does within itself never comes here");
            return null;
        }

        var text = read.Kind switch
        {
            EntryKind.Address when read.Ports is { } ports => $"tcp://{Bracketed(read.Block)}:{ports}",
            EntryKind.Address => $"tcp://{Bracketed(read.Block)}{hosts.AddressPorts}",
            _ => hosts.NameScheme + written + (read.Ports is null ? hosts.NamePorts : string.Empty),
        };
        return EntryReader.TryRead(text, isAllow: true, out var entry, out _) ? entry : read;
    }

    private static bool IsNeverDialled(PolicyEntry entry) => entry.Kind == EntryKind.Address
        ? SpecialAddresses.Classify(entry.Block.Network) == AddressClass.Never && SpecialAddresses.Classify(entry.Block.Last) == AddressClass.Never
        : entry.Pattern?.FixedPart is "localhost" or "host.docker.internal" or "metadata.google.internal";

    private static string Bracketed(Cidr block) => block.IsIPv4 ? block.ToString() : $"[{block}]";

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
