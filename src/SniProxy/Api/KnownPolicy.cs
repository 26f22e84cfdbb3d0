using SniProxy.Policies;

namespace SniProxy.Api;

/// <summary>Refuses names of policies that nobody wrote: a misspelt one would deny everything.</summary>
internal static class KnownPolicy
{
    public static Problem? Check(PolicyBook book, string name) =>
        book.Names.Contains(name) || book.LoadError(name) is not null
            ? null
            : Problem.Invalid($"policy: there is no policy \"{name}\"; there are {string.Join(", ", book.Names)}.");
}
