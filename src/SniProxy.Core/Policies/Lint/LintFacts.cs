using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Lint;

/// <summary>What lint has to know of the world.</summary>
/// <param name="Now">The time reviews and expiries are held against.</param>
/// <param name="Names">The lists of names that need a second look.</param>
/// <param name="Resolved">What names resolve to, for those that could be asked; null where nobody was asked.</param>
public sealed record LintFacts(DateTimeOffset Now, WatchedNames Names, IReadOnlyDictionary<HostName, ResolvedName>? Resolved = null);
