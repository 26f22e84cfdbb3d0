using System.CommandLine;
using SniProxy.Api;

namespace SniProxy.Cli;

/// <summary><c>sniproxy grant</c>: lets a sandbox reach something for a while.</summary>
internal static class GrantVerb
{
    private static readonly Column[] Columns =
    [
        new("ID", "id"), new("SANDBOX", "sandbox"), new("LABELS", "labels"), new("ENTRIES", "entries"), new("EXPIRES", "expires"), new("USES", "uses"),
        new("MAX USES", "maxUses"), new("BY", "actor"), new("REASON", "reason"),
    ];

    public static Command Create() => new("grant", "Temporary allows that stand before all rules, also in strict mode, and end by themselves.\n\nExample: sniproxy grant add --sandbox dev --ttl 15m files.example.com")
    {
        CreateAdd(),
        CreateList(),
        CreateRemove(),
    };

    private static Command CreateAdd()
    {
        var command = new Command("add", "Lets a sandbox reach destinations for a while, from the next connection on.\n\nExample: sniproxy grant add --sandbox dev --ttl 15m --max-uses 1 files.example.com:8443");
        var sandbox = new Option<string?>("--sandbox") { Description = "The sandbox.", HelpName = "SANDBOX" };
        var labels = new Option<string[]>("--label") { Description = "Instead of one: all sandboxes that bear the label; may be repeated, then all of them.", HelpName = "NAME=VALUE" };
        labels.Validators.Add(LabelText.Check);
        var ttl = new Option<string>("--ttl") { Description = "How long, such as 30s, 15m, 2h or 1d.", HelpName = "TIME", Required = true };
        var maxUses = new Option<int?>("--max-uses") { Description = "How many connections may be opened by it; any number unless said.", HelpName = "NUMBER" };
        var reason = new Option<string?>("--reason") { Description = "Why; events show it.", HelpName = "TEXT" };
        var entries = new Argument<string[]>("ENTRY") { Description = "What: host, host:port, or any other entry of an allow rule.", Arity = ArgumentArity.OneOrMore };
        foreach (var option in (Option[])[sandbox, labels, ttl, maxUses, reason])
        {
            command.Add(option);
        }

        command.Add(entries);
        command.Validators.Add(result =>
        {
            if (result.GetValue(sandbox) is null != result.GetValue(labels) is { Length: > 0 })
            {
                result.AddError("Say whom the grant is for: give either --sandbox or --label.");
            }
        });
        command.SetApiVerb((client, parsed, cancellation) => client.PostAsync(
            "/grants",
            new GrantRequest
            {
                Sandbox = parsed.GetValue(sandbox),
                Labels = parsed.GetValue(labels) is { Length: > 0 } pairs ? LabelText.Read(pairs) : null,
                Entries = parsed.GetValue(entries) ?? [],
                Ttl = parsed.GetValue(ttl) ?? string.Empty,
                MaxUses = parsed.GetValue(maxUses),
                Reason = parsed.GetValue(reason),
            },
            ApiJson.Default.GrantRequest,
            cancellation));
        return command;
    }

    private static Command CreateList()
    {
        var command = new Command("list", "Lists the grants in force.\n\nExample: sniproxy grant list --output json");
        command.SetApiVerb((client, _, cancellation) => client.ListAsync("/grants", cancellation), Columns);
        return command;
    }

    private static Command CreateRemove()
    {
        var id = new Argument<string>("ID") { Description = "The grant's id." };
        var command = new Command("remove", "Takes a grant away: connections that only it allows are closed.\n\nExample: sniproxy grant remove 5f0c2ab91d774e36") { id };
        command.SetApiVerb((client, parsed, cancellation) =>
            client.DeleteAsync("/grants/" + Uri.EscapeDataString(parsed.GetValue(id) ?? string.Empty), cancellation));
        return command;
    }
}
