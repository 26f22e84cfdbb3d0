namespace SniProxy.Core.Policies.Lint;

/// <summary>Servers behind which the rest of a policy loses its sight: DNS over HTTPS, outer names of Encrypted ClientHello.</summary>
internal static class WatchedLint
{
    public static void Check(LintSubject subject)
    {
        foreach (var (_, entry, path) in subject.AllowEntries)
        {
            // What covers a whole top level covers these too, and taking them out would mend nothing.
            if (entry.Pattern is { } pattern && WildcardLint.Find(pattern, subject.Facts.Names) is { Lint: "public-suffix" })
            {
                continue;
            }

            if (subject.Facts.Names.DohServers.FirstOrDefault(server => Covers(entry, server)) is { } doh)
            {
                subject.Report(
                    "doh", path, $"\"{entry}\" allows {Name(doh)}, a public server of DNS over HTTPS ({doh.Owner}), where names are resolved unseen",
                    Fix(entry, doh));
            }

            if (subject.Facts.Names.EchOuterNames.FirstOrDefault(name => Covers(entry, name)) is { } outer)
            {
                subject.Report(
                    "ech-outer", path, $"\"{entry}\" allows {Name(outer)}, the outer name that Encrypted ClientHello shows for any site of {outer.Owner}",
                    Fix(entry, outer));
            }
        }
    }

    private static bool Covers(PolicyEntry entry, ListedName listed) => listed.Pattern is { } name
        ? entry.Pattern is { } pattern && PatternCover.Covers(pattern, name)
        : entry.Kind == EntryKind.Address && entry.Block.PrefixLength > 0 && entry.Block.Contains(listed.Address);

    private static string Name(ListedName listed) => listed.Pattern?.Text ?? listed.Address.ToString();

    private static string Fix(PolicyEntry entry, ListedName listed) => entry.Pattern?.Text == Name(listed) || entry.Block == Addresses.Cidr.Of(listed.Address)
        ? "take it out; the appliance's own DNS resolves what the policy allows"
        : $"take it out, or add \"except: [{Name(listed)}]\"";
}
