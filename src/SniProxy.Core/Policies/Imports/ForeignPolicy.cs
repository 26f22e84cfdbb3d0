using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Imports;

/// <summary>A policy that is being put together from a foreign document.</summary>
internal sealed class ForeignPolicy
{
    private readonly List<RuleDocument> rules = [];

    public Decision Default { get; set; }

    public Mode Mode { get; set; }

    public string? Owner { get; set; }

    public string? Purpose { get; set; }

    /// <summary>
    /// Where a name cannot be read, a denial of names concerns every one, and it comes before what would let such a connection pass: an allowed
    /// address, or the default.
    /// </summary>
    public bool DeniesNamesBeforeOthersPass => AfterDeniedNames is [_, .. var later]
        && (Default != Decision.Deny || later.Any(rule => rule.Decision == Decision.Allow && rule.Scope.Any(entry => entry.Kind == EntryKind.Address)));

    /// <summary>
    /// What no list names passes there, TLS to an address as well. Here such a client names nobody whom the address was given for, and only a rule
    /// for that address lets it pass. In shadow it goes where it was sent.
    /// </summary>
    public bool PassesAddressesThatNothingNames => Mode == Mode.Enforce
        && (Default != Decision.Deny || rules.Any(rule => rule.Decision == Decision.Allow && rule.Scope.Any(entry => entry.Kind == EntryKind.Any)));

    /// <summary>Adds a rule; one without entries is none. Neighbours that decide alike and have no label become one.</summary>
    public void Add(Decision decision, IReadOnlyList<PolicyEntry> entries, string? label = null)
    {
        if (entries.Count == 0)
        {
            return;
        }

        if (label is null && rules is [.., { Label: null } last] && last.Decision == decision)
        {
            rules[^1] = last with { Scope = [.. last.Scope, .. entries] };
            return;
        }

        rules.Add(new RuleDocument { Decision = decision, Scope = entries, Label = label });
    }

    public PolicyDocument ToDocument(string name) => new() { Name = name, Purpose = Purpose, Owner = Owner, Mode = Mode, Default = Default, Rules = rules };

    // The first rule that denies a name, and what follows it.
    private RuleDocument[] AfterDeniedNames =>
        [.. rules.SkipWhile(rule => rule.Decision != Decision.Deny || rule.Scope.All(entry => entry.Kind != EntryKind.Name))];
}
