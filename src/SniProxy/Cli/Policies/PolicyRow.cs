namespace SniProxy.Cli.Policies;

/// <summary>A policy in a list. Of one that cannot be read only its file, and how many errors are in it.</summary>
internal sealed record PolicyRow(string Name, string? Mode, string? Default, bool? Enabled, int? Rules, string? Owner, DateOnly? ReviewBy, string File, int Errors);
