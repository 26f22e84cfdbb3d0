using System.CommandLine.Parsing;

namespace SniProxy.Cli;

/// <summary>Labels as the command line writes them: <c>NAME=VALUE</c>.</summary>
internal static class LabelText
{
    public static void Check(OptionResult result)
    {
        foreach (var label in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) <= 0))
        {
            result.AddError($"--label: \"{label.Value}\" has no value. Write NAME=VALUE.");
        }
    }

    public static Dictionary<string, string> Read(string[] pairs)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            labels[pair[..equals]] = pair[(equals + 1)..];
        }

        return labels;
    }
}
