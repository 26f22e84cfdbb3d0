using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Imports;

/// <summary>
/// OpenSandbox (github.com/alibaba/OpenSandbox, components/egress): rules in order, the first match decides, then the default, which denies unless
/// it says otherwise. <c>*.x</c> covers every depth below <c>x</c>; ports are no part of it.
/// </summary>
internal static class OpenSandboxImport
{
    private static readonly ForeignHosts Hosts = new() { NamePorts = ":*", HasPorts = false };
    private static readonly Dictionary<string, Decision> Actions = new() { ["allow"] = Decision.Allow, ["deny"] = Decision.Deny };

    public static ForeignPolicy Read(ForeignReader reader, DocumentNode root)
    {
        var inner = root.Fields.FirstOrDefault(field => field.Key.Text is "networkPolicy" or "network_policy");
        var (node, path) = inner is null ? (root, string.Empty) : (inner.Value, inner.Key.Text);
        var prefix = path.Length == 0 ? string.Empty : path + ".";
        var fields = reader.Fields(node, path, ["defaultAction", "default_action", "egress"], []);
        var policy = new ForeignPolicy();
        foreach (var key in new[] { "defaultAction", "default_action" })
        {
            if (fields.TryGetValue(key, out var fallback))
            {
                policy.Default = reader.Choice(fallback, prefix + key, Actions) ?? Decision.Deny;
            }
        }

        foreach (var (rule, place) in reader.Items(fields.GetValueOrDefault("egress"), $"{prefix}egress"))
        {
            Read(reader, rule, place, policy);
        }

        return policy;
    }

    private static void Read(ForeignReader reader, DocumentNode rule, string path, ForeignPolicy policy)
    {
        var fields = reader.Fields(rule, path, ["action", "target"], []);
        var decision = fields.TryGetValue("action", out var action) ? reader.Choice(action, $"{path}.action", Actions) ?? Decision.Deny : Decision.Deny;
        if (!fields.TryGetValue("target", out var target))
        {
            reader.Refuse(rule, path, "the rule has no target", "write target: and a name or an address");
            return;
        }

        policy.Add(decision, reader.Entry(target, $"{path}.target", decision == Decision.Allow, Hosts) is { } entry ? [entry] : []);
    }
}
