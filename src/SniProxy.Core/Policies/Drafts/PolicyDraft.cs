using SniProxy.Core.Contract;
using SniProxy.Core.Policies.Replays;

namespace SniProxy.Core.Policies.Drafts;

/// <summary>A policy that allows what was recorded as let through, and nothing that was not asked for but by a wildcard that is harmless.</summary>
/// <param name="Document">The policy.</param>
/// <param name="Uncovered">What was let through and no rule can allow, each destination once, with the reason.</param>
public sealed record PolicyDraft(PolicyDocument Document, IReadOnlyList<(string Destination, Reason Reason)> Uncovered)
{
    /// <param name="flows">What was recorded; questions in DNS and what was denied are passed over.</param>
    /// <param name="options">How.</param>
    /// <param name="now">When.</param>
    public static PolicyDraft Of(IEnumerable<RecordedFlow> flows, DraftOptions options, DateTimeOffset now)
    {
        RecordedFlow[] passed = [.. flows.Where(flow => !flow.IsQuestion && flow.Verdict != Decision.Deny).DistinctBy(flow => flow.Key)];
        var rules = passed
            .GroupBy(flow => (Service: options.ByService ? flow.Service : null, Phase: options.ByPhase ? flow.Phase : null))
            .OrderBy(group => group.Key.Service, StringComparer.Ordinal).ThenBy(group => group.Key.Phase, StringComparer.Ordinal)
            .SelectMany(group => DraftRules.Of([.. group], When(group.Key.Service, group.Key.Phase), options));
        var document = new PolicyDocument
        {
            Name = options.Name,
            Purpose = "drafted from what was recorded",
            Rules = [.. rules],
            Quic = passed.Any(flow => flow.Transport == Transport.Udp) ? QuicHandling.Sni : QuicHandling.Block,
        };
        return new PolicyDraft(document, Check(document, passed, now));
    }

    // A sandbox without the label gets rules for everybody: there is no way to ask for the want of one.
    private static RuleWhen? When(string? service, string? phase)
    {
        var labels = new Dictionary<string, string>();
        if (service is not null)
        {
            labels.Add("service", service);
        }

        if (phase is not null)
        {
            labels.Add("phase", phase);
        }

        return labels.Count == 0 ? null : new RuleWhen { Labels = labels };
    }

    // No rule is trusted to cover what it was made for: the judge is asked.
    private static List<(string Destination, Reason Reason)> Check(PolicyDocument document, RecordedFlow[] flows, DateTimeOffset now)
    {
        var policy = PolicyCompiler.Compile(document, revision: 0, now);
        return
        [
            .. flows
                .Select(flow => (flow.Destination, Verdict: flow.JudgeBy(policy, now)))
                .Where(judged => judged.Verdict.IsDenied)
                .Select(judged => (judged.Destination, judged.Verdict.Reason))
                .Distinct(),
        ];
    }
}
