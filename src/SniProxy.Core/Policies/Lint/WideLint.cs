using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Lint;

/// <summary>What lets everything pass: <c>any</c>, a block of all addresses, a list of denials over an open default.</summary>
internal static class WideLint
{
    public static void Check(LintSubject subject)
    {
        foreach (var (_, entry, path) in subject.AllowEntries)
        {
            if (entry.Kind == EntryKind.Any)
            {
                subject.Report("any", path, $"\"{entry}\" allows every destination that has a readable name", "name the hosts that are needed; \"mode: observe\" and \"policy draft\" find them");
            }
            else if (entry.Kind == EntryKind.Address && entry.Block.PrefixLength == 0)
            {
                subject.Report("any", path, $"\"{entry}\" allows every address", "name the hosts or the blocks that are needed; \"mode: observe\" and \"policy draft\" find them");
            }
        }

        if (subject.Document.Default != Decision.Allow)
        {
            return;
        }

        foreach (var (rule, index) in subject.Rules)
        {
            var position = rule.Scope.ToList().FindIndex(entry => entry.Kind == EntryKind.Name);
            if (rule.Decision == Decision.Deny && position >= 0)
            {
                subject.Report(
                    "deny-by-name", subject.PathOf(index, position),
                    $"\"{rule.Scope[position]}\" is denied by its name under \"default: allow\", and whoever means to reach it needs only another name for it",
                    "write \"default: deny\" and allow what is needed");
            }
        }
    }
}
