using System.Globalization;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Imports;

/// <summary>
/// StepSecurity Harden-Runner (docs.stepsecurity.io, "allowed-endpoints"): hosts with their port, 443 unless written, parted by white space.
/// <c>*.x</c> covers what is below <c>x</c>. <c>egress-policy: audit</c> only tells.
/// </summary>
internal static class HardenRunnerImport
{
    private const string Action = "step-security/harden-runner";

    private static readonly ForeignHosts Hosts = new() { NamePorts = ":443", AddressPorts = ":443" };
    private static readonly string[] Known = ["egress-policy", "allowed-endpoints", "policy", "use-policy-store"];

    private static readonly string[] LeftOut =
    [
        "token", "api-key", "disable-telemetry", "disable-sudo", "disable-sudo-and-containers", "disable-file-monitoring", "deploy-on-self-hosted-vm",
    ];

    private static readonly Dictionary<string, Mode> Policies = new() { ["block"] = Mode.Enforce, ["audit"] = Mode.Shadow };

    public static ForeignPolicy Read(ForeignReader reader, DocumentNode root, string? part)
    {
        var policy = new ForeignPolicy();
        var all = Steps(root).ToList();
        var steps = all.Where(step => part is null || step.Job == part).ToList();
        if (steps.Count == 0 && part is null && root.Fields.Any(field => Known.Contains(field.Key.Text)))
        {
            Read(reader, root, string.Empty, policy);
        }
        else if (steps.Count == 1 || (steps.Count > 1 && steps.All(step => Endpoints(step.With).SequenceEqual(Endpoints(steps[0].With)))))
        {
            Read(reader, steps[0].With, steps[0].Path, policy);
        }
        else
        {
            reader.Refuse(
                root, "jobs", steps.Count == 0 ? $"no step uses {Action}{(part is null ? string.Empty : $" in the job \"{part}\"")}" : "several steps allow different endpoints, and a policy is for one",
                all.Count == 0 ? "name a workflow with such a step, or what stands under its \"with\"" : $"say which job is meant with --part, one of {string.Join(", ", all.Select(step => step.Job).Distinct())}");
        }

        return policy;
    }

    private static IEnumerable<(string Job, DocumentNode With, string Path)> Steps(DocumentNode root) =>
        from job in Find(root, "jobs")?.Fields ?? []
        from step in (Find(job.Value, "steps")?.Items ?? []).Select((node, index) => (Node: node, Index: index))
        let with = Find(step.Node, "with")
        where with is not null && Find(step.Node, "uses")?.Text.StartsWith(Action, StringComparison.OrdinalIgnoreCase) == true
        select (job.Key.Text, with, string.Create(CultureInfo.InvariantCulture, $"jobs.{job.Key.Text}.steps[{step.Index}].with"));

    private static void Read(ForeignReader reader, DocumentNode with, string path, ForeignPolicy policy)
    {
        var prefix = path.Length == 0 ? string.Empty : path + ".";
        var fields = reader.Fields(with, path, Known, LeftOut);
        foreach (var key in new[] { "policy", "use-policy-store" })
        {
            if (fields.TryGetValue(key, out var elsewhere))
            {
                reader.Refuse(elsewhere, prefix + key, $"\"{key}\" says that the endpoints stand somewhere else", "write them under allowed-endpoints");
            }
        }

        policy.Mode = fields.TryGetValue("egress-policy", out var mode) ? reader.Choice(mode, $"{prefix}egress-policy", Policies) ?? Mode.Enforce : Mode.Enforce;
        if (fields.TryGetValue("allowed-endpoints", out var endpoints))
        {
            policy.Add(Decision.Allow, [.. Endpoints(with).Select((endpoint, index) => reader.Entry(
                endpoints, string.Create(CultureInfo.InvariantCulture, $"{prefix}allowed-endpoints[{index}]"), endpoint, isAllow: true, Hosts)).OfType<PolicyEntry>()]);
        }
    }

    private static string[] Endpoints(DocumentNode with) => Find(with, "allowed-endpoints")?.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static DocumentNode? Find(DocumentNode node, string key) => node.Fields.FirstOrDefault(field => field.Key.Text == key)?.Value;
}
