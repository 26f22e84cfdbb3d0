namespace SniProxy.Core.Policies.Lint;

/// <summary>A protocol that has a port of its own, and an entry that leaves it out: without a port 80 and 443 are meant, where it is hardly ever spoken.</summary>
internal static class PortLint
{
    public static void Check(LintSubject subject)
    {
        foreach (var (rule, entry, path) in subject.AllowEntries)
        {
            if (entry.Ports is null && SchemeName.Find(rule.Protocol) is { Port: not (0 or 80 or 443) } usual)
            {
                subject.Report(
                    "usual-port", path,
                    $"\"{entry}\" allows {usual.Text} on ports 80 and 443 only, and its own port is {usual.Port}",
                    $"write \"{usual.Text}://{entry}\", or the ports that are meant behind the destination");
            }
        }
    }
}
