namespace SniProxy.Enforcement;

/// <summary>A chain as it is written and as it must be found again: its rules in order, each with the comment it is known by.</summary>
internal sealed class RulesetChain(string name, string? hook, string policy)
{
    // NFTNL_UDATA_COMMENT_MAXLEN of libnftnl.
    private const int MaxCommentLength = 128;

    private readonly List<(string Rule, string Comment)> rules = [];

    public string Name { get; } = name;

    /// <summary>Type, hook and priority as nft writes them; null where nothing leads into the chain.</summary>
    public string? Hook { get; } = hook;

    public string Policy { get; } = policy;

    public IEnumerable<string> Comments => rules.Select(rule => rule.Comment);

    public RulesetChain Add(string rule, string comment)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(comment.Length, MaxCommentLength, nameof(comment));
        rules.Add((rule, comment));
        return this;
    }

    public RulesetChain AddIf(bool wanted, string rule, string comment) => wanted ? Add(rule, comment) : this;

    /// <summary>One rule a line: a brace on the line of <c>redirect to :PORT</c> is a syntax error in nft 1.0.6.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"    chain {Name} {{";
        if (Hook is not null)
        {
            yield return $"        {Hook}; policy {Policy};";
        }

        foreach (var (rule, comment) in rules)
        {
            yield return $"        {rule} comment \"{comment}\"";
        }

        yield return "    }";
    }
}
