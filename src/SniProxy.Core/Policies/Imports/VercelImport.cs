using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Imports;

/// <summary>
/// Vercel Sandbox (vercel.com/docs, "Sandbox firewall"; REST "Update network policy"): denied subnets win over everything, names are read from TLS
/// alone, <c>*.x</c> covers every depth, <c>*</c> every name.
/// </summary>
internal static class VercelImport
{
    private static readonly ForeignHosts Hosts = new() { NameScheme = "tls://", NamePorts = ":*", HasPorts = false };
    private static readonly string[] Sdk = ["allow", "subnets"];
    private static readonly string[] Rest = ["mode", "allowedDomains", "allowedCIDRs", "deniedCIDRs"];

    private static readonly Dictionary<string, Decision> Modes = new()
    {
        ["allow-all"] = Decision.Allow, ["deny-all"] = Decision.Deny, ["custom"] = Decision.Deny, ["default-allow"] = Decision.Allow, ["default-deny"] = Decision.Deny,
    };

    public static ForeignPolicy Read(ForeignReader reader, DocumentNode root)
    {
        if (root.Fields.FirstOrDefault(field => field.Key.Text is "networkPolicy" or "network_policy") is { } inner)
        {
            return Read(reader, inner.Value, inner.Key.Text);
        }

        return Read(reader, root, string.Empty);
    }

    private static ForeignPolicy Read(ForeignReader reader, DocumentNode node, string path)
    {
        if (node.Kind == DocumentNodeKind.Scalar)
        {
            return new ForeignPolicy { Default = reader.Choice(node, path, Modes) ?? Decision.Deny };
        }

        return node.Fields.Any(field => field.Key.Text == "mode") ? ReadRest(reader, node, path) : ReadSdk(reader, node, path);
    }

    private static ForeignPolicy ReadSdk(ForeignReader reader, DocumentNode node, string path)
    {
        var fields = reader.Fields(node, path, Sdk, []);
        var policy = new ForeignPolicy();
        var prefix = path.Length == 0 ? string.Empty : path + ".";
        var subnets = fields.TryGetValue("subnets", out var written) ? reader.Fields(written, $"{prefix}subnets", ["allow", "deny"], []) : [];
        policy.Add(Decision.Deny, Blocks(reader, subnets.GetValueOrDefault("deny"), $"{prefix}subnets.deny", isAllow: false));
        policy.Add(Decision.Allow, Blocks(reader, subnets.GetValueOrDefault("allow"), $"{prefix}subnets.allow", isAllow: true));
        if (fields.TryGetValue("allow", out var allow))
        {
            Allow(reader, policy, allow.Kind == DocumentNodeKind.Mapping ? Keys(reader, allow, $"{prefix}allow") : reader.Items(allow, $"{prefix}allow"));
        }

        return policy;
    }

    private static ForeignPolicy ReadRest(ForeignReader reader, DocumentNode node, string path)
    {
        var fields = reader.Fields(node, path, [.. Rest, "injectionRules"], []);
        var prefix = path.Length == 0 ? string.Empty : path + ".";
        var policy = new ForeignPolicy { Default = reader.Choice(fields["mode"], $"{prefix}mode", Modes) ?? Decision.Deny };
        if (fields.TryGetValue("injectionRules", out var injection) && injection.Items.Count > 0)
        {
            RefuseChange(reader, injection, $"{prefix}injectionRules");
        }

        if (fields["mode"].Text is "deny-all" or "allow-all")
        {
            return policy;
        }

        policy.Add(Decision.Deny, Blocks(reader, fields.GetValueOrDefault("deniedCIDRs"), $"{prefix}deniedCIDRs", isAllow: false));
        policy.Add(Decision.Allow, Blocks(reader, fields.GetValueOrDefault("allowedCIDRs"), $"{prefix}allowedCIDRs", isAllow: true));
        Allow(reader, policy, reader.Items(fields.GetValueOrDefault("allowedDomains"), $"{prefix}allowedDomains"));
        return policy;
    }

    private static void Allow(ForeignReader reader, ForeignPolicy policy, IEnumerable<(DocumentNode Node, string Path)> names)
    {
        foreach (var (node, path) in names)
        {
            var entry = node.Text == "*" ? reader.Entry(node, path, "any", isAllow: true, Hosts) : reader.Entry(node, path, isAllow: true, Hosts);
            policy.Add(Decision.Allow, entry is null ? [] : [entry]);
        }
    }

    // Names as keys, each with what is done to its requests.
    private static IEnumerable<(DocumentNode Node, string Path)> Keys(ForeignReader reader, DocumentNode allow, string path)
    {
        foreach (var (key, value) in allow.Fields)
        {
            if (value.Items.Count > 0 || value.Fields.Count > 0)
            {
                RefuseChange(reader, value, $"{path}.{key.Text}");
            }

            yield return (key, $"{path}.{key.Text}");
        }
    }

    private static List<PolicyEntry> Blocks(ForeignReader reader, DocumentNode? node, string path, bool isAllow) => reader.Entries(node, path, isAllow, Hosts);

    private static void RefuseChange(ForeignReader reader, DocumentNode node, string path) =>
        reader.Refuse(node, path, "requests are matched, changed or forwarded there, and nothing here looks into TLS", "write [] in its place, and give the sandbox a proxy of its own for that");
}
