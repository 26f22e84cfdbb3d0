using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Imports;

/// <summary>
/// E2B (e2b.dev/docs, "Internet access"): what is allowed wins over what is denied, and everything else passes unless 0.0.0.0/0 is denied. Names
/// are for allowing only, on 80 and 443; <c>*.x</c> covers every depth.
/// </summary>
internal static class E2bImport
{
    private const string Everything = "0.0.0.0/0";

    private static readonly ForeignHosts Hosts = new() { HasPorts = false };
    private static readonly string[] Sandbox = ["allowInternetAccess", "allow_internet_access", "network"];
    private static readonly string[] SandboxLeftOut = ["template", "timeout", "timeoutMs", "metadata", "envs", "secure", "autoPause", "lifecycle"];
    private static readonly string[] Network = ["allowOut", "allow_out", "denyOut", "deny_out", "rules"];
    private static readonly string[] NetworkLeftOut = ["allowPublicTraffic", "allow_public_traffic", "maskRequestHost", "mask_request_host"];

    public static ForeignPolicy Read(ForeignReader reader, DocumentNode root)
    {
        var isNetwork = root.Fields.Any(field => Network.Contains(field.Key.Text));
        var outer = isNetwork ? [] : reader.Fields(root, string.Empty, Sandbox, SandboxLeftOut);
        var access = outer.GetValueOrDefault("allowInternetAccess") ?? outer.GetValueOrDefault("allow_internet_access");
        var policy = new ForeignPolicy { Default = access is not null && !reader.Flag(access, access == outer.GetValueOrDefault("allowInternetAccess") ? "allowInternetAccess" : "allow_internet_access") ? Decision.Deny : Decision.Allow };
        if (isNetwork)
        {
            Read(reader, root, string.Empty, policy);
        }
        else if (outer.TryGetValue("network", out var network))
        {
            Read(reader, network, "network.", policy);
        }

        return policy;
    }

    private static void Read(ForeignReader reader, DocumentNode network, string path, ForeignPolicy policy)
    {
        var fields = reader.Fields(network, path.TrimEnd('.'), Network, NetworkLeftOut);
        if (fields.TryGetValue("rules", out var rules))
        {
            reader.Refuse(rules, path + "rules", "\"rules\" changes requests, and nothing here looks into TLS", "take it out; give the sandbox a proxy of its own for that");
        }

        var (allowKey, denyKey) = (fields.ContainsKey("allow_out") ? "allow_out" : "allowOut", fields.ContainsKey("deny_out") ? "deny_out" : "denyOut");
        var allowed = reader.Items(fields.GetValueOrDefault(allowKey), path + allowKey).ToList();
        var denied = reader.Items(fields.GetValueOrDefault(denyKey), path + denyKey).ToList();
        var allowsEverything = allowed.Any(item => item.Node.Text == Everything);
        if (denied.Any(item => item.Node.Text == Everything) && !allowsEverything)
        {
            policy.Default = Decision.Deny;
        }

        if (allowsEverything)
        {
            policy.Default = Decision.Allow;
            return;
        }

        policy.Add(Decision.Allow, [.. allowed.Select(item => reader.Entry(item.Node, item.Path, isAllow: true, Hosts)).OfType<PolicyEntry>()]);
        policy.Add(Decision.Deny, [.. denied.Where(item => item.Node.Text != Everything).Select(item => Deny(reader, item.Node, item.Path)).OfType<PolicyEntry>()]);
    }

    private static PolicyEntry? Deny(ForeignReader reader, DocumentNode node, string path)
    {
        var entry = reader.Entry(node, path, isAllow: false, Hosts);
        if (entry is null || entry.Kind == EntryKind.Address)
        {
            return entry;
        }

        reader.Refuse(node, path, $"\"{entry}\" is a name, and names are not denied there", "deny everything (0.0.0.0/0) and allow what is needed");
        return null;
    }
}
