namespace SniProxy.Cli.Policies.Clients;

/// <summary>Lines of a key and a value, as half of all configuration files have them. Sections are not told apart.</summary>
internal static class KeyValues
{
    public static IEnumerable<(string Key, string Value)> Of(string file, char separator = '=')
    {
        foreach (var line in ClientMachine.Lines(file))
        {
            var at = line.IndexOf(separator, StringComparison.Ordinal);
            if (at > 0 && line[0] is not ('#' or ';'))
            {
                yield return (line[..at].Trim().Trim('"'), Unquote(line[(at + 1)..]));
            }
        }
    }

    /// <summary>A value without its quotes and the comment behind it.</summary>
    public static string Unquote(string value)
    {
        value = value.Trim();
        if (value.Length > 1 && value[0] is '"' or '\'' && value.IndexOf(value[0], 1) is var end and > 0)
        {
            return value[1..end];
        }

        var comment = value.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? value : value[..comment].TrimEnd();
    }
}
