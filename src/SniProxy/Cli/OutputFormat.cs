namespace SniProxy.Cli;

/// <summary>How an answer is printed.</summary>
internal enum OutputFormat : byte
{
    Table = 0,
    Json,
    Yaml,
}
