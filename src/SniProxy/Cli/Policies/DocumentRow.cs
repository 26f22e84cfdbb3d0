namespace SniProxy.Cli.Policies;

/// <summary>One thing that only one of two documents says.</summary>
internal sealed record DocumentRow(string Change, string What, string Text);
