using System.Text.Json;

namespace SniProxy.Enforcement;

/// <summary>
/// Puts a <see cref="Ruleset"/> into a kernel and takes it out again. Doing either twice is the same as once. Acts in the process's
/// own network namespace, or in a named one. Several tables may share a kernel whose settings somebody else keeps; then
/// <paramref name="setsKernel"/> is false.
/// </summary>
internal sealed class Rules(RulesetOptions options, string? networkNamespace = null, bool setsKernel = true)
{
    private static readonly string[] Families = ["-4", "-6"];

    /// <summary>
    /// Leaves exactly these rules: the table is replaced in one transaction, so that no packet meets half of it. Closes before it opens:
    /// the routing rules that forbid come first.
    /// </summary>
    /// <exception cref="MissingCapabilityException">nft, ip or the privilege is missing.</exception>
    /// <exception cref="CommandFailedException">The kernel refused the rules.</exception>
    public async Task ApplyAsync(CancellationToken cancellation = default)
    {
        var installed = await ReadAsync(cancellation);
        var wanted = options with { FormerSettings = installed?.FormerSettings is { Count: > 0 } former ? former : ReadSettings() };
        foreach (var command in Supported(Ruleset.IpCommands(options)))
        {
            await TolerateAsync(command, "File exists", cancellation);
        }

        await ExternalCommand.DemandAsync(Inside("nft", "-f", "-"), Ruleset.Nftables(wanted), cancellation);
        foreach (var setting in wanted.FormerSettings.Count > 0 ? Ruleset.Settings : [])
        {
            NetworkNamespace.WriteSetting(networkNamespace, setting.Key, setting.Value);
        }

        // An interface that is no longer named is no longer ours to close.
        await UndoAsync(RoutingOf(installed).ExceptBy(Written(options), Line), cancellation);
    }

    /// <summary>Takes out the table and the routing rules, and sets back what was set.</summary>
    public async Task RemoveAsync(CancellationToken cancellation = default)
    {
        var installed = await ReadAsync(cancellation);
        if (installed is not null)
        {
            await ExternalCommand.DemandAsync(Inside("nft", "delete", "table", "inet", options.Table), null, cancellation);
            foreach (var setting in installed.FormerSettings.Where(setting => Ruleset.Settings.Any(ours => ours.Key == setting.Key)))
            {
                NetworkNamespace.WriteSetting(networkNamespace, setting.Key, setting.Value);
            }
        }

        await UndoAsync(RoutingOf(installed).Concat(Ruleset.IpCommands(options)).DistinctBy(Line), cancellation);
    }

    /// <summary>Whether everything stands as written.</summary>
    public async Task<bool> IsInPlaceAsync(CancellationToken cancellation = default) => (await FaultsAsync(cancellation)).Count == 0;

    /// <summary>What is missing or other than written, in words; empty when everything stands.</summary>
    public async Task<IReadOnlyList<string>> FaultsAsync(CancellationToken cancellation = default)
    {
        var installed = await ReadAsync(cancellation);
        if (installed is null)
        {
            return [$"table inet {options.Table} is missing"];
        }

        var faults = installed.Differences(options).ToList();
        foreach (var family in Families.Where(family => family == "-4" || HasIPv6()))
        {
            faults.AddRange(await RoutingFaultsAsync(family, cancellation));
        }

        return faults;
    }

    /// <summary>The table as it stands in the kernel; null where there is none.</summary>
    public async Task<InstalledRuleset?> ReadAsync(CancellationToken cancellation = default)
    {
        string[] arguments = [.. Inside("nft", "--json", "list", "table", "inet", options.Table)];
        var result = await ExternalCommand.RunAsync(arguments, null, cancellation);
        if (!result.Succeeded && result.Error.Contains("No such file or directory", StringComparison.Ordinal))
        {
            return null;
        }

        return InstalledRuleset.Parse(result.Succeeded ? result.Output : await ExternalCommand.DemandAsync(arguments, null, cancellation));
    }

    // The routing rules that came with the table that is installed, whatever these options say.
    private IReadOnlyList<string[]> RoutingOf(InstalledRuleset? installed) => installed is null || installed.Interfaces.Count == 0
        ? []
        : Ruleset.IpCommands(options with
        {
            Interfaces = [.. installed.Interfaces.Select(name => new SandboxInterface(name))],
            Interception = installed.Interception,
            InspectsQuic = false,
        });

    private async Task UndoAsync(IEnumerable<string[]> commands, CancellationToken cancellation)
    {
        foreach (var command in Supported(commands.Reverse()))
        {
            await TolerateAsync(Ruleset.Undo(command), "No such", cancellation);
        }
    }

    private static IEnumerable<string> Written(RulesetOptions options) => Ruleset.IpCommands(options).Select(Line);

    private static string Line(string[] command) => string.Join(' ', command);

    private async Task<IReadOnlyList<string>> RoutingFaultsAsync(string family, CancellationToken cancellation)
    {
        var faults = new List<string>();
        using var rules = JsonDocument.Parse(await ExternalCommand.DemandAsync(Inside("ip", family, "-json", "rule", "show"), null, cancellation));
        foreach (var one in options.Interfaces)
        {
            if (!HasRule(rules, options.LockPreference, one.Name))
            {
                faults.Add($"routing rule {options.LockPreference} of {one.Name} is missing (ip {family})");
            }

            if (options.Interception == Interception.TProxy && !HasRule(rules, options.MarkPreference, one.Name))
            {
                faults.Add($"routing rule {options.MarkPreference} of {one.Name} is missing (ip {family})");
            }
        }

        if (options.Interception == Interception.TProxy)
        {
            var table = await ExternalCommand.RunAsync(Inside("ip", family, "route", "show", "table", $"{options.RoutingTable}"), null, cancellation);
            if (!table.Output.Contains("local default dev lo", StringComparison.Ordinal))
            {
                faults.Add($"routing table {options.RoutingTable} does not make every address local (ip {family})");
            }
        }

        return faults;
    }

    private static bool HasRule(JsonDocument rules, uint preference, string interfaceName) => rules.RootElement.EnumerateArray().Any(rule =>
        rule.TryGetProperty("priority", out var priority) && priority.GetUInt32() == preference
        && rule.TryGetProperty("iif", out var iif) && iif.GetString() == interfaceName);

    private async Task TolerateAsync(string[] ipArguments, string already, CancellationToken cancellation)
    {
        string[] arguments = [.. Inside(["ip", .. ipArguments])];
        var result = await ExternalCommand.RunAsync(arguments, null, cancellation);
        if (!result.Succeeded && !result.Error.Contains(already, StringComparison.Ordinal) && !IsAbsentTable(result))
        {
            await ExternalCommand.DemandAsync(arguments, null, cancellation);
        }
    }

    private static bool IsAbsentTable(CommandResult result) => result.Error.Contains("FIB table does not exist", StringComparison.Ordinal);

    private IEnumerable<string[]> Supported(IEnumerable<string[]> commands) => commands.Where(command => command[0] != "-6" || HasIPv6());

    private bool HasIPv6() => NetworkNamespace.ReadSetting(networkNamespace, "net/ipv6/conf/all/forwarding") is not null;

    private List<KeyValuePair<string, string>> ReadSettings() => !setsKernel
        ? []
        : [.. Ruleset.Settings.Select(setting => KeyValuePair.Create(setting.Key, NetworkNamespace.ReadSetting(networkNamespace, setting.Key) ?? ""))
            .Where(setting => setting.Value.Length > 0)];

    private string[] Inside(params string[] arguments) =>
        networkNamespace is null ? arguments : ["ip", "netns", "exec", networkNamespace, .. arguments];
}
