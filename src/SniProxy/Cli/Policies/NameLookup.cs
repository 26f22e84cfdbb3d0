using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Names;
using SniProxy.Core.Policies.Lint;
using SniProxy.Resolutions;

namespace SniProxy.Cli.Policies;

/// <summary>What the configured name servers say of names.</summary>
/// <param name="Answers">Of those that were answered.</param>
/// <param name="Unanswered">Those of which nothing is known.</param>
internal sealed record NameLookup(IReadOnlyDictionary<HostName, ResolvedName> Answers, IReadOnlyList<HostName> Unanswered)
{
    // Lint is in no hurry, and the name servers are everybody's.
    private const int AtOnce = 16;

    public static async Task<NameLookup> ResolveAsync(ResolverOptions options, IEnumerable<HostName> names, CancellationToken cancellation)
    {
        using var metrics = new ResolutionMetrics();
        await using var resolver = new UpstreamResolver(options, TimeProvider.System, NullLogger<UpstreamResolver>.Instance, metrics);
        var answers = new Dictionary<HostName, ResolvedName>();
        var unanswered = new List<HostName>();
        foreach (var chunk in names.Distinct().Chunk(AtOnce))
        {
            foreach (var resolution in await Task.WhenAll(chunk.Select(name => resolver.ResolveAsync(name, asker: 0, cancellation).AsTask())))
            {
                if (resolution.Status is ResolutionStatus.Found or ResolutionStatus.NoData or ResolutionStatus.NxDomain)
                {
                    answers.Add(resolution.Name, new ResolvedName(resolution.Status == ResolutionStatus.Found, resolution.Addresses));
                }
                else
                {
                    unanswered.Add(resolution.Name);
                }
            }
        }

        return new NameLookup(answers, unanswered);
    }
}
