using System.CommandLine;
using SniProxy.Api;

namespace SniProxy.Cli;

/// <summary><c>sniproxy sandbox</c>: who is known, and what stands for them.</summary>
internal static class SandboxVerb
{
    private static readonly Column[] Columns =
    [
        new("ID", "id"), new("ADDRESSES", "addresses"), new("INTERFACE", "interface"), new("POLICY", "effective.policy"), new("MODE", "effective.mode"),
        new("STRICT", "effective.strict"), new("PAUSED", "paused"), new("LABELS", "labels"),
    ];

    public static Command Create() => new("sandbox", "The sandboxes whose connections are judged.\n\nExample: sniproxy sandbox add dev --address 10.77.0.2 --address fd77::2 --policy agent-runtime")
    {
        CreateList(),
        CreateShow(),
        CreateAdd(),
        CreateRemove(),
        CreateMode(),
        CreateStrict(),
        CreateSignal(),
        CreatePause("pause", true, "Refuses everything of a sandbox until it is resumed.\n\nExample: sniproxy sandbox pause dev"),
        CreatePause("resume", false, "Lets a paused sandbox go on.\n\nExample: sniproxy sandbox resume dev"),
    };

    private static Command CreateList()
    {
        var command = new Command("list", "Lists all sandboxes.\n\nExample: sniproxy sandbox list --output json");
        command.SetApiVerb((client, _, cancellation) => client.ListAsync("/sandboxes", cancellation), Columns);
        return command;
    }

    private static Command CreateShow()
    {
        var (command, id) = CreateFor("show", "Shows one sandbox.\n\nExample: sniproxy sandbox show dev");
        command.SetApiVerb((client, parsed, cancellation) => client.GetAsync(PathOf(parsed, id), cancellation));
        return command;
    }

    private static Command CreateAdd()
    {
        var (command, id) = CreateFor("add", "Registers a sandbox, or replaces it.\n\nExample: sniproxy sandbox add dev --address 10.77.0.2 --policy agent-runtime --label team=a");
        var addresses = new Option<string[]>("--address") { Description = "An address it sends from; may be repeated.", HelpName = "ADDRESS", Required = true };
        var byInterface = new Option<string?>("--interface") { Description = "The interface it comes in by; its addresses then count nowhere else.", HelpName = "INTERFACE" };
        var policy = new Option<string?>("--policy") { Description = "The policy that judges it.", HelpName = "POLICY" };
        var mode = new Option<string?>("--mode") { Description = "Stands over the policy's own mode.", HelpName = "MODE" };
        mode.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "enforce", "shadow", "observe");
        var labels = new Option<string[]>("--label") { Description = "A label for events and reports; may be repeated.", HelpName = "NAME=VALUE" };
        labels.Validators.Add(LabelText.Check);
        var strict = new Option<bool>("--strict") { Description = "In strict mode." };
        foreach (var option in (Option[])[addresses, byInterface, policy, mode, labels, strict])
        {
            command.Add(option);
        }

        command.SetApiVerb((client, parsed, cancellation) => client.PutAsync(
            PathOf(parsed, id),
            new SandboxRequest
            {
                Addresses = parsed.GetValue(addresses) ?? [],
                Interface = parsed.GetValue(byInterface),
                Policy = parsed.GetValue(policy),
                Mode = parsed.GetValue(mode),
                Strict = parsed.GetValue(strict),
                Labels = LabelText.Read(parsed.GetValue(labels) ?? []),
            },
            ApiJson.Default.SandboxRequest,
            cancellation));
        return command;
    }

    private static Command CreateRemove()
    {
        var (command, id) = CreateFor("remove", "Forgets a sandbox: its flows end, and its addresses are nobody's.\n\nExample: sniproxy sandbox remove dev");
        command.SetApiVerb(async (client, parsed, cancellation) =>
        {
            var before = await client.GetAsync(PathOf(parsed, id), cancellation);
            await client.DeleteAsync(PathOf(parsed, id), cancellation);
            return before;
        });
        return command;
    }

    private static Command CreateMode()
    {
        var (command, id) = CreateFor("mode", "Changes the mode of a sandbox, its policy, or both together, at once.\n\nExample: sniproxy sandbox mode dev shadow");
        var mode = new Argument<string?>("MODE") { Description = "enforce, shadow or observe.", Arity = ArgumentArity.ZeroOrOne };
        mode.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "enforce", "shadow", "observe");
        var policy = new Option<string?>("--policy") { Description = "The policy that judges it.", HelpName = "POLICY" };
        command.Add(mode);
        command.Add(policy);
        command.Validators.Add(result =>
        {
            if (result.GetValue(mode) is null && result.GetValue(policy) is null)
            {
                result.AddError("Nothing is to be changed: give a mode (enforce, shadow or observe), --policy, or both.");
            }
        });
        command.SetApiVerb((client, parsed, cancellation) => ChangeAsync(client, PathOf(parsed, id), new ModeRequest(parsed.GetValue(policy), parsed.GetValue(mode)), cancellation));
        return command;
    }

    private static Command CreateStrict()
    {
        var (command, id) = CreateFor("strict", "Switches strict mode of one sandbox.\n\nExample: sniproxy sandbox strict dev on");
        var state = new Argument<string>("STATE") { Description = "on or off." };
        state.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "on", "off");
        command.Add(state);
        command.SetApiVerb((client, parsed, cancellation) => ChangeAsync(
            client, PathOf(parsed, id), new ModeRequest(Strict: string.Equals(parsed.GetValue(state), "on", StringComparison.OrdinalIgnoreCase)), cancellation));
        return command;
    }

    private static Command CreateSignal()
    {
        var (command, id) = CreateFor("signal", "Says that a sandbox has done something, for rules that ask for it (when: { signal: … }).\n\nExample: sniproxy sandbox signal dev sensitive_read");
        var name = new Argument<string>("NAME") { Description = "What it has done." };
        command.Add(name);
        command.SetApiVerb((client, parsed, cancellation) => client.PostAsync(
            PathOf(parsed, id) + "/signals", new SignalRequest(parsed.GetValue(name) ?? string.Empty), ApiJson.Default.SignalRequest, cancellation));
        return command;
    }

    private static Command CreatePause(string name, bool isPaused, string description)
    {
        var (command, id) = CreateFor(name, description);
        command.SetApiVerb((client, parsed, cancellation) => ChangeAsync(client, PathOf(parsed, id), new ModeRequest(Paused: isPaused), cancellation));
        return command;
    }

    private static (Command Command, Argument<string> Id) CreateFor(string name, string description)
    {
        var id = new Argument<string>("SANDBOX") { Description = "The sandbox's id." };
        return (new Command(name, description) { id }, id);
    }

    private static string PathOf(ParseResult parsed, Argument<string> id) => "/sandboxes/" + Uri.EscapeDataString(parsed.GetValue(id) ?? string.Empty);

    private static Task<System.Text.Json.JsonElement> ChangeAsync(ApiClient client, string path, ModeRequest change, CancellationToken cancellation) =>
        client.PutAsync(path + "/mode", change, ApiJson.Default.ModeRequest, cancellation);
}
