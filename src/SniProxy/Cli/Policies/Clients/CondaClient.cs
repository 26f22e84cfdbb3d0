namespace SniProxy.Cli.Policies.Clients;

/// <summary>conda: channels of .condarc that are written as addresses, and the address that the others are found under.</summary>
internal static class CondaClient
{
    public static IEnumerable<ClientSource> Read(ClientMachine machine)
    {
        foreach (var file in new[] { machine.Variable("CONDARC") ?? machine.InHome(".condarc"), machine.InHome(".conda/.condarc"), machine.InRoot("etc/conda/.condarc") })
        {
            foreach (var line in ClientMachine.Lines(file).Where(line => line[0] != '#'))
            {
                var start = line.IndexOf("http", StringComparison.Ordinal);
                if (start >= 0 && line.Contains("://", StringComparison.Ordinal))
                {
                    yield return new ClientSource(file, KeyValues.Unquote(line[start..]).Trim('"', '\''));
                }
            }
        }
    }
}
