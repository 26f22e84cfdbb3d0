namespace SniProxy.Cli.Policies.Clients;

/// <summary>apt: sources.list(5), in both notations.</summary>
internal static class AptClient
{
    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        var folder = machine.InRoot("etc/apt/sources.list.d");
        foreach (var file in ClientMachine.FilesOf(folder, ".list").Prepend(machine.InRoot("etc/apt/sources.list")))
        {
            foreach (var line in ClientMachine.Lines(file).Where(line => line.StartsWith("deb ", StringComparison.Ordinal) || line.StartsWith("deb-src ", StringComparison.Ordinal)))
            {
                // Options stand in brackets before the address, with spaces inside.
                var rest = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].TrimStart();
                rest = rest.StartsWith('[') ? rest[(rest.IndexOf(']', StringComparison.Ordinal) + 1)..].TrimStart() : rest;
                yield return new ClientSource(file, Mirror(rest.Split(' ')[0]));
            }
        }

        foreach (var file in ClientMachine.FilesOf(folder, ".sources"))
        {
            foreach (var stanza in (ClientMachine.Text(file) ?? string.Empty).Split("\n\n"))
            {
                var fields = stanza.Split('\n').Select(line => line.Split(':', 2)).Where(field => field.Length == 2 && field[0].Length > 0 && field[0][0] != '#').ToLookup(field => field[0], field => field[1].Trim(), StringComparer.OrdinalIgnoreCase);
                if (fields["Enabled"].FirstOrDefault() is "no" or "false")
                {
                    continue;
                }

                foreach (var address in fields["URIs"].SelectMany(value => value.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
                {
                    yield return new ClientSource(file, Mirror(address));
                }
            }
        }
    }

    private static string Mirror(string address) => address.StartsWith("mirror+", StringComparison.Ordinal) ? address["mirror+".Length..] : address;
}
