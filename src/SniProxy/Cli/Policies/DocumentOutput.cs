using SniProxy.Core.Policies;

namespace SniProxy.Cli.Policies;

/// <summary>Prints documents: as YAML unless JSON is asked for, since a table of one would be none.</summary>
internal static class DocumentOutput
{
    public static void Write(TextWriter writer, OutputFormat format, PolicyDocument document) =>
        Output.Write(writer, format == OutputFormat.Json ? format : OutputFormat.Yaml, NodeJson.Of(document));
}
