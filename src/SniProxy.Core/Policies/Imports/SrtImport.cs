using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Imports;

/// <summary>
/// Anthropic's sandbox-runtime (github.com/anthropic-experimental/sandbox-runtime, src/sandbox/sandbox-config.ts): what is denied wins, what
/// nothing allows is denied. <c>*.x</c> covers every depth below <c>x</c>; an entry without a port is meant on every port.
/// </summary>
internal static class SrtImport
{
    private static readonly ForeignHosts Hosts = new() { NamePorts = ":*" };
    private static readonly string[] Known = ["allowedDomains", "deniedDomains", "mitmProxy", "parentProxy", "tlsTerminate", "filterRequest"];

    private static readonly string[] LeftOut =
    [
        "allowUnixSockets", "allowAllUnixSockets", "allowLocalBinding", "allowMachLookup", "httpProxyPort", "socksProxyPort", "strictAllowlist", "allowManagedDomainsOnly",
    ];

    public static ForeignPolicy Read(ForeignReader reader, DocumentNode root)
    {
        var policy = new ForeignPolicy();
        var sandbox = root.Fields.FirstOrDefault(field => field.Key.Text == "sandbox")?.Value;
        var (node, path) = sandbox is null ? (root, string.Empty) : (sandbox, "sandbox.");
        if (node.Fields.FirstOrDefault(field => field.Key.Text == "network")?.Value is not { } network)
        {
            reader.Refuse(node, path.TrimEnd('.'), "there is no \"network\"", "write network: with its allowedDomains");
            return policy;
        }

        var fields = reader.Fields(network, $"{path}network", Known, LeftOut);
        foreach (var key in Known.Skip(2).Where(fields.ContainsKey))
        {
            reader.Refuse(fields[key], $"{path}network.{key}", $"\"{key}\" leads requests elsewhere or looks into them, and nothing here does", "take it out; write the hosts under allowedDomains");
        }

        foreach (var (denied, place) in reader.Items(fields.GetValueOrDefault("deniedDomains"), $"{path}network.deniedDomains"))
        {
            var text = denied.Text.Trim();
            var isEverything = text == "*" || text.StartsWith("*:", StringComparison.Ordinal);
            policy.Add(Decision.Deny, reader.Entry(denied, place, isEverything ? "any" + text[1..] : text, isAllow: false, Hosts) is { } entry ? [entry] : []);
        }

        policy.Add(Decision.Allow, reader.Entries(fields.GetValueOrDefault("allowedDomains"), $"{path}network.allowedDomains", isAllow: true, Hosts));
        return policy;
    }
}
