using System.CommandLine;
using SniProxy.Cli.Policies.Clients;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Drafts;
using SniProxy.Policies;

namespace SniProxy.Cli.Policies;

/// <summary><c>sniproxy policy draft</c>: a policy for what was recorded, or for what this machine's package managers are configured to use.</summary>
internal static class DraftVerb
{
    private static readonly string[] Groups = ["service", "phase"];

    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var output = Output.CreateOption();
        var events = RecordedEvents.CreateOption();
        var since = AgeOption.Create("--since", "Only what was recorded in this time.");
        var by = new Option<string?>("--by") { Description = "Rules of their own for each service, each phase, or both (service,phase).", HelpName = "LABELS" };
        var widen = new Option<int>("--widen-from") { Description = "From how many names side by side \"*.\" stands for them; 0 for never.", HelpName = "COUNT", DefaultValueFactory = _ => 5 };
        var name = new Option<string>("--name") { Description = "The name of the policy.", HelpName = "NAME", DefaultValueFactory = _ => "draft" };
        var clients = new Option<bool>("--from-clients") { Description = "Allows the registries that the package managers of this machine are configured for." };
        var command = new Command(
            "draft",
            "Writes the smallest policy that allows what was let through, in shadow and observe too. A wildcard is written only where nobody else can have a name under it. "
            + "Questions in DNS are no reason for a rule.\n\nExample: sniproxy policy draft --since 7d --by service,phase")
        {
            events, since, by, widen, name, clients, output,
        };
        configuration.AddTo(command);
        by.Validators.Add(result =>
        {
            if (result.Tokens is [var text] && text.Value.Split(',').Except(Groups).Any())
            {
                result.AddError($"--by: \"{text.Value}\" is not service, phase or service,phase.");
            }
        });
        name.Validators.Add(result =>
        {
            if (result.Tokens is [var text] && !PolicyDocumentReader.IsName(text.Value))
            {
                result.AddError($"--name: \"{text.Value}\" is no name for a policy. Write letters, digits, \"-\", \"_\" and \".\".");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(clients) && (result.GetValue(events) is { Length: > 0 } || result.GetValue(since) is not null || result.GetValue(by) is not null))
            {
                result.AddError("--from-clients looks at configurations and not at events: leave --events, --since and --by out.");
            }
        });
        command.SetVerb(async (parsed, _) =>
        {
            var policyName = parsed.GetValue(name) ?? "draft";
            var remarks = new List<string>();
            var document = parsed.GetValue(clients)
                ? ClientPolicy.Of(ClientMachine.This(), policyName, remarks)
                : OfEvents(parsed.GetValue(by)?.Split(',') ?? [], parsed.GetValue(widen));
            foreach (var remark in remarks)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"sniproxy: {remark}");
            }

            DocumentOutput.Write(parsed.InvocationConfiguration.Output, parsed.GetValue(output), document);
            return ExitStatus.Done;

            PolicyDocument OfEvents(string[] groups, int widenFrom)
            {
                var flows = RecordedEvents.Read(parsed.GetValue(events) ?? [], () => configuration.Load(parsed), AgeOption.Read(parsed.GetValue(since)));
                var options = new DraftOptions
                {
                    Name = policyName, Names = ListedNames.All, WidenFrom = widenFrom, ByService = groups.Contains("service"), ByPhase = groups.Contains("phase"),
                };
                var draft = PolicyDraft.Of(flows, options, TimeProvider.System.GetUtcNow());
                remarks.AddRange(draft.Uncovered.Select(flow => $"{flow.Destination} was let through, and no rule can allow it ({flow.Reason.Identifier()})"));
                return draft.Document;
            }
        });
        return command;
    }
}
