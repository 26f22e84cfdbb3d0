using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Lint;

/// <summary>A name, a pattern or an address of a list, and whose it is.</summary>
/// <param name="Pattern">The name; null for an address.</param>
/// <param name="Address">Where <paramref name="Pattern"/> is null.</param>
/// <param name="Owner">Who offers it.</param>
public sealed record ListedName(HostPattern? Pattern, Address Address, string Owner)
{
    /// <summary>
    /// Reads a list: a name, a pattern or an address in each line, then white space and whose it is. Empty lines and those that begin with
    /// <c>#</c> say nothing.
    /// </summary>
    /// <exception cref="FormatException">A line cannot be read; the lists are part of the program.</exception>
    public static IReadOnlyList<ListedName> Parse(string text)
    {
        var names = new List<ListedName>();
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            var end = line.AsSpan().IndexOfAny(' ', '\t');
            var name = end < 0 ? line : line[..end];
            var owner = end < 0 ? string.Empty : line[end..].Trim();
            names.Add(
                Addresses.Address.TryParse(name, out var address) ? new ListedName(null, address, owner)
                : HostPattern.TryParse(name, out var pattern, out _) ? new ListedName(pattern, default, owner)
                : throw new FormatException($"\"{line}\" is no line of a list of names"));
        }

        return names;
    }
}
