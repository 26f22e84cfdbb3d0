using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>A change of a sandbox at run time; null leaves as it is. All of it takes effect together.</summary>
internal sealed record SandboxChange(string? Policy = null, Mode? Mode = null, bool? Strict = null, bool? Paused = null);
