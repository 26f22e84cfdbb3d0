using System.Text.Json;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>
/// The other form of a rule's lists: a JSON text with <c>allow</c> and <c>deny</c>, whose lists change roles with the rule's verdict. On a deny or an
/// audit the deny list is the scope and the allow list carves out of it; on an allow it is the other way round.
/// </summary>
public static class EgressLists
{
    private const string Fix = "write {\"allow\":[…],\"deny\":[…]} with at least one destination in quotes";

    /// <summary>Reads it as it is to be stored.</summary>
    /// <param name="json">The lists.</param>
    /// <param name="decision">The rule's verdict.</param>
    /// <param name="faults">Everything that is wrong, each with what to write instead.</param>
    /// <returns>The rule, or null where anything is wrong.</returns>
    public static RuleDocument? Read(string json, Decision decision, out IReadOnlyList<PatternFault> faults)
    {
        var found = new List<PatternFault>();
        faults = found;
        try
        {
            using var parsed = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 4, AllowDuplicateProperties = false });
            if (parsed.RootElement.ValueKind != JsonValueKind.Object)
            {
                found.Add(new PatternFault("the lists are no object", Fix));
                return null;
            }

            var (scope, except) = decision == Decision.Allow ? ("allow", "deny") : ("deny", "allow");
            var rule = new RuleDocument
            {
                Decision = decision,
                Scope = ReadList(parsed.RootElement, scope, decision == Decision.Allow, found),
                Except = ReadList(parsed.RootElement, except, isAllow: false, found),
            };
            found.AddRange(parsed.RootElement.EnumerateObject().Where(list => list.Name is not ("allow" or "deny"))
                .Select(list => new PatternFault($"\"{list.Name}\" is no list here", Suggestion.For(list.Name, ["allow", "deny"]))));
            if (found.Count == 0 && rule.Scope.Count + rule.Except.Count == 0)
            {
                found.Add(new PatternFault("both lists are empty", Fix));
            }

            return found.Count == 0 ? rule : null;
        }
        catch (JsonException)
        {
            found.Add(new PatternFault("the lists are no JSON, or have a key twice", Fix));
            return null;
        }
    }

    /// <summary>
    /// Reads what was stored, whatever has become of it since: a deny rule whose lists are broken denies everything, any other does not match.
    /// </summary>
    public static RuleDocument ReadStored(string json, Decision decision) => Read(json, decision, out _) ?? new RuleDocument
    {
        Decision = decision,
        Scope = decision == Decision.Deny ? [new PolicyEntry { Text = "any", Kind = EntryKind.Any }] : [],
    };

    private static List<PolicyEntry> ReadList(JsonElement lists, string name, bool isAllow, List<PatternFault> faults)
    {
        var entries = new List<PolicyEntry>();
        if (!lists.TryGetProperty(name, out var list))
        {
            return entries;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            faults.Add(new PatternFault($"\"{name}\" is no list", Fix));
            return entries;
        }

        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                faults.Add(new PatternFault($"\"{name}\" has something in it that is no text", Fix));
            }
            else if (EntryReader.TryRead(item.GetString() ?? string.Empty, isAllow, out var entry, out var fault))
            {
                entries.Add(entry);
            }
            else
            {
                faults.Add(fault);
            }
        }

        return entries;
    }
}
