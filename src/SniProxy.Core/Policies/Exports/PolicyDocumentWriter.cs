using System.Globalization;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Exports;

/// <summary>
/// Writes a document in its canonical form: every entry in its one spelling, keys in one order, nothing that goes without saying. Reading what
/// was written gives the same policy again. Comments are no part of a document.
/// </summary>
public static class PolicyDocumentWriter
{
    public static DocumentNode Write(PolicyDocument document)
    {
        var unsaid = new PolicyDocument { Name = document.Name };
        var fields = new NodeFields();
        fields.Add("version", NodeFields.Plain("1"));
        fields.Add("name", document.Name);
        fields.Add("purpose", document.Purpose);
        fields.Add("data", document.Data);
        fields.Add("owner", document.Owner);
        fields.Add("reviewBy", document.ReviewBy);
        fields.Add("edition", document.Edition);
        fields.Add("mode", document.Mode.Identifier());
        fields.Add("default", document.Default.Identifier());
        if (!document.IsEnabled)
        {
            fields.Add("enabled", NodeFields.Plain("false"));
        }

        fields.Add("rollout", document.Rollout == unsaid.Rollout ? null : string.Create(CultureInfo.InvariantCulture, $"{document.Rollout}%"));
        if (document.Bundles.Count > 0)
        {
            fields.Add("use", NodeFields.List(document.Bundles.Select(bundle => NodeFields.Text(bundle.Name))));
        }

        fields.Add("rules", NodeFields.List(document.Rules.Select(Write)));
        fields.Add("ech", document.Ech == unsaid.Ech ? null : Word(document.Ech));
        fields.Add("quic", document.Quic == unsaid.Quic ? null : Word(document.Quic));
        if (document.DnsMode is { } dns)
        {
            var inner = new NodeFields();
            inner.Add("mode", Word(dns));
            fields.Add("dns", inner.ToNode());
        }

        fields.Add("onRevoke", document.OnRevoke == unsaid.OnRevoke ? null : Word(document.OnRevoke));
        return fields.ToNode();
    }

    private static DocumentNode Write(RuleDocument rule)
    {
        var isAllow = rule.Decision == Decision.Allow;
        var fields = new NodeFields();
        fields.Add(rule.Decision.Identifier(), Entries(rule.Scope, isAllow));
        if (rule.Except.Count > 0)
        {
            fields.Add("except", Entries(rule.Except, isAllow: false));
        }

        fields.Add("label", rule.Label);
        if (rule.Priority != RuleDocument.DefaultPriority)
        {
            fields.Add("priority", NodeFields.Plain(rule.Priority.ToString(CultureInfo.InvariantCulture)));
        }

        fields.Add("reason", rule.Reason);
        fields.Add("owner", rule.Owner);
        fields.Add("source", rule.Source);
        fields.Add("reviewBy", rule.ReviewBy);
        fields.Add("expires", rule.Expires?.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture));
        fields.Add("protocol", rule.Protocol == EntryScheme.Plain ? null : Word(rule.Protocol));
        fields.Add("when", rule.When is { } when ? RuleTermsWriter.Write(when) : null);
        fields.Add("limits", rule.Limits is { } limits ? RuleTermsWriter.Write(limits) : null);
        if (rule.ResolvesTo.Count > 0)
        {
            fields.Add("resolvesTo", NodeFields.List(rule.ResolvesTo.Select(block => NodeFields.Text(block.ToString()))));
        }

        // What allows one entry and says nothing else is written as that entry.
        return isAllow && rule.Scope.Count == 1 && fields.Count == 1
            ? NodeFields.Text(EntryText.Of(rule.Scope[0], isAllow))
            : fields.ToNode();
    }

    private static DocumentNode Entries(IEnumerable<PolicyEntry> entries, bool isAllow) =>
        NodeFields.List(entries.Select(entry => NodeFields.Text(EntryText.Of(entry, isAllow))));

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
