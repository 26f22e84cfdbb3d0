using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Imports;

/// <summary>
/// Docker Sandboxes (docs.docker.com, "Policy concepts", "AI Governance API", "NetworkPolicy"): a denial wins over whatever allows, and what nothing
/// allows is denied. <c>*.x</c> covers one label, <c>**.x</c> every depth, as here; a name without a port is meant on every port.
/// </summary>
internal static class DockerImport
{
    private static readonly ForeignHosts Hosts = new() { NamePorts = ":*", IsStarDeep = false };
    private static readonly Dictionary<string, Decision> Decisions = new() { ["allow"] = Decision.Allow, ["deny"] = Decision.Deny };

    public static ForeignPolicy Read(ForeignReader reader, DocumentNode root)
    {
        var (allowed, denied) = (new List<PolicyEntry>(), new List<PolicyEntry>());
        var policy = new ForeignPolicy();
        if (root.Fields.Any(field => field.Key.Text == "mode"))
        {
            var fields = reader.Fields(root, string.Empty, ["mode", "allowNetworks", "denyNetworks"], []);
            reader.Choice(fields["mode"], "mode", new Dictionary<string, Decision> { ["denyAll"] = Decision.Deny });
            allowed.AddRange(reader.Entries(fields.GetValueOrDefault("allowNetworks"), "allowNetworks", isAllow: true, Hosts));
            denied.AddRange(reader.Entries(fields.GetValueOrDefault("denyNetworks"), "denyNetworks", isAllow: false, Hosts));
        }
        else
        {
            var fields = reader.Fields(root, string.Empty, ["rules"], ["id", "name", "description", "scope", "status", "teams"]);
            foreach (var (rule, path) in reader.Items(fields.GetValueOrDefault("rules"), "rules"))
            {
                Read(reader, rule, path, policy, allowed, denied);
            }
        }

        policy.Add(Decision.Deny, denied);
        policy.Add(Decision.Allow, allowed);
        return policy;
    }

    private static void Read(ForeignReader reader, DocumentNode rule, string path, ForeignPolicy policy, List<PolicyEntry> allowed, List<PolicyEntry> denied)
    {
        var fields = reader.Fields(rule, path, ["actions", "resources", "decision"], ["id", "name", "description"]);
        if (!fields.TryGetValue("decision", out var word))
        {
            reader.Refuse(rule, path, "the rule decides nothing", "write decision: allow or deny");
            return;
        }

        var isAllow = reader.Choice(word, $"{path}.decision", Decisions) == Decision.Allow;
        if (!IsAboutTcp(reader, fields, path, isAllow))
        {
            return;
        }

        foreach (var (resource, place) in reader.Items(fields.GetValueOrDefault("resources"), $"{path}.resources"))
        {
            if (resource.Text == "**")
            {
                // Everything: denied, it comes before whatever allows; allowed, it is what is left when nothing denies.
                policy.Default = isAllow ? Decision.Allow : policy.Default;
                denied.AddRange(!isAllow && reader.Entry(resource, place, "any", isAllow: false, Hosts) is { } any ? [any] : []);
            }
            else if (reader.Entry(resource, place, isAllow, Hosts) is { } entry)
            {
                (isAllow ? allowed : denied).Add(entry);
            }
        }
    }

    private static bool IsAboutTcp(ForeignReader reader, Dictionary<string, DocumentNode> fields, string path, bool isAllow)
    {
        var isTcp = false;
        foreach (var (action, place) in reader.Items(fields.GetValueOrDefault("actions"), $"{path}.actions"))
        {
            switch (action.Text)
            {
                case "connect:tcp":
                    isTcp = true;
                    break;
                case "connect:udp" when isAllow:
                    reader.Refuse(action, place, "UDP is let out for no rule here", "take \"connect:udp\" out; clients that know HTTP/3 fall back to TCP");
                    break;
                case "connect:udp":
                    break;
                case "read" or "write":
                    reader.Remark(action, place, "rules about files are not about where connections may go, and were left out", "see to them where the sandbox is made");
                    break;
                default:
                    reader.Refuse(action, place, $"\"{action.Text}\" is no action that is known", "write connect:tcp");
                    break;
            }
        }

        return isTcp;
    }
}
