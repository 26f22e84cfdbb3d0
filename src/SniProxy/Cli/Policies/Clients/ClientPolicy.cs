using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Cli.Policies.Clients;

/// <summary>A policy for the registries that the package managers of a machine are configured for, one rule for each manager.</summary>
internal static class ClientPolicy
{
    private static readonly (string Name, Func<ClientMachine, IEnumerable<ClientSource>> Read)[] Clients =
    [
        ("apt", AptClient.Read),
        ("cargo", CargoClient.Read),
        ("conda", CondaClient.Read),
        ("docker", DockerClient.Read),
        ("gem", GemClient.Read),
        ("go", GoClient.Read),
        ("maven", MavenClient.Read),
        ("npm", NpmClient.Read),
        ("nuget", NuGetClient.Read),
        ("pip", PipClient.Read),
    ];

    /// <param name="machine">The machine.</param>
    /// <param name="name">The name of the policy.</param>
    /// <param name="remarks">Managers that are not configured, and addresses that are none.</param>
    public static PolicyDocument Of(ClientMachine machine, string name, List<string> remarks)
    {
        var rules = new List<RuleDocument>();
        foreach (var (client, read) in Clients)
        {
            var sources = read(machine).ToList();
            if (sources.Count == 0)
            {
                remarks.Add($"{client} is not configured here, and whatever it uses by itself was not written into the policy");
                continue;
            }

            var entries = sources.Select(source => Entry(client, source, remarks)).OfType<PolicyEntry>().DistinctBy(entry => entry.Text).OrderBy(entry => entry.Text, StringComparer.Ordinal).ToList();
            if (entries.Count > 0)
            {
                rules.Add(new RuleDocument { Decision = Decision.Allow, Scope = entries, Label = client });
            }
        }

        if (rules.Count > 0)
        {
            remarks.Add("files may come from other hosts than the registry: run the policy in shadow first");
        }

        return new PolicyDocument { Name = name, Purpose = "the registries that package managers are configured for", Rules = rules };
    }

    private static PolicyEntry? Entry(string client, ClientSource source, List<string> remarks)
    {
        // Cargo and others put the kind of an index before its address.
        var plus = source.Address.IndexOf('+', StringComparison.Ordinal);
        var scheme = source.Address.IndexOf("://", StringComparison.Ordinal);
        var written = plus >= 0 && plus < scheme ? source.Address[(plus + 1)..] : source.Address;
        var address = scheme < 0 ? $"https://{written}" : written;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Scheme is not ("http" or "https" or "ssh"))
        {
            // What else stands in an address may be a secret.
            remarks.Add($"{client}: what {source.Place} names leads to no host over HTTP, HTTPS or SSH, and was left out");
            return null;
        }

        if (uri.IsLoopback || (Address.TryParse(uri.IdnHost, out var literal) && SpecialAddresses.Classify(literal) == AddressClass.Never))
        {
            // Maven's own settings lead what they block to 0.0.0.0.
            remarks.Add($"{client}: {source.Place} names this machine itself or no machine at all, which no rule opens, and was left out");
            return null;
        }

        var text = uri.IsDefaultPort || uri.Port < 0 ? $"{uri.Scheme}://{uri.IdnHost}" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{uri.Scheme}://{uri.IdnHost}:{uri.Port}");
        if (EntryReader.TryRead(uri.HostNameType == UriHostNameType.IPv6 ? text.Replace(uri.IdnHost, $"[{uri.IdnHost}]", StringComparison.Ordinal) : text, isAllow: true, out var entry, out var fault))
        {
            return entry;
        }

        remarks.Add($"{client}: {source.Place}: {fault.Message}");
        return null;
    }
}
