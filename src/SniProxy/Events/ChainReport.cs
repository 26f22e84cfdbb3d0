namespace SniProxy.Events;

/// <param name="IsWhole">Every line is as it was written, and none is missing between the first and the last.</param>
/// <param name="First">Number of the first line.</param>
/// <param name="Last">Number of the last good line.</param>
/// <param name="Lines">Lines read; where the chain is broken, the line at fault, counted from 1.</param>
/// <param name="Problem">What is wrong with it.</param>
/// <param name="File">Of several files the one that it stands in; lines are then counted from its beginning.</param>
internal readonly record struct ChainReport(bool IsWhole, long First, long Last, long Lines, string? Problem, string? File = null);
