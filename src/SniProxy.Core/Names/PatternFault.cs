namespace SniProxy.Core.Names;

/// <summary>Why a written name or pattern cannot be read.</summary>
/// <param name="Message">What is wrong.</param>
/// <param name="Fix">What to write instead.</param>
public readonly record struct PatternFault(string Message, string Fix);
