namespace SniProxy.Cli.Policies.Clients;

/// <summary>Go: GOPROXY and GOSUMDB, of the environment or of <c>go env -w</c>.</summary>
internal static class GoClient
{
    private static readonly string[] Names = ["GOPROXY", "GOSUMDB"];

    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        var file = machine.Variable("GOENV") ?? machine.InConfig("go/env");
        var written = KeyValues.Of(file).Where(pair => Names.Contains(pair.Key)).DistinctBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Value);
        foreach (var name in Names)
        {
            var value = machine.Variable(name) ?? written.GetValueOrDefault(name) ?? string.Empty;
            var place = machine.Variable(name) is null ? file : name;

            // A checksum database is a name, perhaps with its key, and then perhaps where else it is found.
            var words = name == "GOSUMDB" ? [SumDatabase(value)] : value.Split([',', '|']);
            foreach (var address in words.Select(word => word.Trim()).Where(word => word.Length > 0 && word is not ("direct" or "off")))
            {
                yield return new ClientSource(place, address);
            }
        }
    }

    private static string SumDatabase(string value)
    {
        var words = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? string.Empty : words.Length > 1 ? words[1] : words[0].Split('+')[0];
    }
}
