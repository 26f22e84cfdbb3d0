using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Lint;

/// <summary>What the world has changed under a policy: names that are gone, addresses that moved. Asks nobody itself.</summary>
internal static class ResolutionLint
{
    /// <summary>The names that a document writes out, for whoever asks the resolver.</summary>
    public static IEnumerable<HostName> NamesIn(PolicyDocument document) => document.Rules
        .SelectMany(rule => rule.Scope)
        .Select(NameOf)
        .OfType<HostName>()
        .Distinct();

    public static void Check(LintSubject subject)
    {
        if (subject.Facts.Resolved is not { } resolved)
        {
            return;
        }

        foreach (var (rule, index) in subject.Rules)
        {
            for (var i = 0; i < rule.Scope.Count; i++)
            {
                if (NameOf(rule.Scope[i]) is { } name && resolved.TryGetValue(name, out var answer))
                {
                    Check(subject, rule, subject.PathOf(index, i), name, answer);
                }
            }
        }
    }

    private static void Check(LintSubject subject, RuleDocument rule, string path, HostName name, ResolvedName answer)
    {
        if (!answer.Exists)
        {
            subject.Report("unresolved", path, $"{name} no longer resolves", "take it out, or mend its spelling");
            return;
        }

        // Addresses beside a name in one rule stand for it: they were looked up once.
        var blocks = rule.Scope.Where(entry => entry.Kind == EntryKind.Address).Select(entry => entry.Block).ToArray();
        if (blocks.Length > 0 && answer.Addresses.FirstOrDefault(address => !blocks.Any(block => block.Contains(address))) is { IsUnspecified: false } moved)
        {
            subject.Report("drift", path, $"{name} resolves to {moved}, which no address of the rule contains", $"write {moved} into the rule and take out what is no longer {name}'s");
        }

        var isPrivate = answer.Addresses.FirstOrDefault(address => SpecialAddresses.Classify(address) == AddressClass.Private && !rule.ResolvesTo.Any(block => block.Contains(address)));
        if (rule.ResolvesTo.Count > 0 && !isPrivate.IsUnspecified)
        {
            subject.Report("drift", path, $"{name} resolves to {isPrivate}, which \"resolvesTo\" does not contain", $"write the block of {isPrivate} into \"resolvesTo\"");
        }
    }

    private static HostName? NameOf(PolicyEntry entry) =>
        entry.Pattern is { Kind: HostPatternKind.Exact } pattern && HostName.TryParse(pattern.FixedPart, out var name) == HostNameSyntax.Valid ? name : null;
}
