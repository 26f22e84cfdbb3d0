using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Imports;

/// <summary>
/// Smokescreen (github.com/stripe/smokescreen, pkg/smokescreen/acl/v1): a service's own list first, then the global denials, then the global
/// list, then the service's action. <c>*.x</c> covers every depth below <c>x</c>; ports are no part of it.
/// </summary>
internal static class SmokescreenImport
{
    private const string DefaultService = "default";

    private static readonly ForeignHosts Hosts = new() { NamePorts = ":*", HasPorts = false };
    private static readonly string[] Service = ["name", "project", "action", "allowed_domains", "mitm_domains", "allowed_external_proxies"];

    // Of "open" and "report" only the first lets pass without a word.
    private static readonly Dictionary<string, Decision> Actions = new() { ["enforce"] = Decision.Deny, ["report"] = Decision.Audit, ["open"] = Decision.Allow };

    public static ForeignPolicy Read(ForeignReader reader, DocumentNode root, string? part)
    {
        var fields = reader.Fields(root, string.Empty, ["version", "services", DefaultService, "global_allow_list", "global_deny_list"], []);
        var policy = new ForeignPolicy();
        if (fields.TryGetValue("version", out var version) && reader.Text(version, "version") is { } written && written != "v1")
        {
            reader.Refuse(version, "version", $"\"{written}\" is another version of such documents", "write v1, if it is one");
        }

        var (service, path) = Choose(reader, root, fields, part);
        if (service is null)
        {
            return policy;
        }

        Read(reader, service, path, policy);
        policy.Add(Decision.Deny, reader.Entries(fields.GetValueOrDefault("global_deny_list"), "global_deny_list", isAllow: false, Hosts), "global_deny_list");
        policy.Add(Decision.Allow, reader.Entries(fields.GetValueOrDefault("global_allow_list"), "global_allow_list", isAllow: true, Hosts), "global_allow_list");
        return policy;
    }

    private static (DocumentNode? Service, string Path) Choose(ForeignReader reader, DocumentNode root, Dictionary<string, DocumentNode> fields, string? part)
    {
        var services = reader.Items(fields.GetValueOrDefault("services"), "services").Select(item => (Name: NameOf(item.Node), item.Node, item.Path)).ToList();
        if (fields.TryGetValue(DefaultService, out var fallback))
        {
            services.Add((DefaultService, fallback, DefaultService));
        }

        var chosen = part is null ? services : services.FindAll(service => service.Name == part);
        if (chosen.Count == 1)
        {
            return (chosen[0].Node, chosen[0].Path);
        }

        var names = string.Join(", ", services.Select(service => service.Name));
        reader.Refuse(
            root, "services",
            part is not null ? $"there is {(chosen.Count == 0 ? "no" : "more than one")} service \"{part}\"" : $"the document has {(services.Count == 0 ? "no service" : "several services")}, and a policy is for one",
            services.Count == 0 ? "write at least one" : $"say which is meant with --part, one of {names}");
        return (null, string.Empty);
    }

    private static string NameOf(DocumentNode service) => service.Fields.FirstOrDefault(field => field.Key.Text == "name")?.Value.Text ?? string.Empty;

    private static void Read(ForeignReader reader, DocumentNode service, string path, ForeignPolicy policy)
    {
        var fields = reader.Fields(service, path, Service, []);
        policy.Owner = fields.TryGetValue("project", out var project) ? reader.Text(project, $"{path}.project") : null;
        if (fields.TryGetValue("action", out var action))
        {
            policy.Default = reader.Choice(action, $"{path}.action", Actions) ?? Decision.Deny;
        }
        else
        {
            reader.Refuse(service, path, "the service has no action", "write action: enforce, report or open");
        }

        foreach (var key in new[] { "mitm_domains", "allowed_external_proxies" })
        {
            if (fields.TryGetValue(key, out var node) && node.Items.Count > 0)
            {
                reader.Refuse(node, $"{path}.{key}", $"\"{key}\" has no counterpart here", key == "mitm_domains" ? "take it out; nothing here looks into TLS" : "allow the hosts themselves; a proxy behind the proxy is not looked through");
            }
        }

        policy.Add(Decision.Allow, reader.Entries(fields.GetValueOrDefault("allowed_domains"), $"{path}.allowed_domains", isAllow: true, Hosts), "allowed_domains");
    }
}
