using System.CommandLine;
using SniProxy.Api;

namespace SniProxy.Cli;

/// <summary><c>sniproxy strict</c>: only what a rule allows passes, bound to its name; for everything, a share, a policy or a sandbox.</summary>
internal static class StrictVerb
{
    private const int MaxPercent = 100;

    public static Command Create() => new("strict", "Strict mode: only what an allow rule names passes, and only to addresses that are bound to the name.\n\nExample: sniproxy strict on --policy ci")
    {
        CreateSwitch(true),
        CreateSwitch(false),
        CreateStatus(),
    };

    private static Command CreateSwitch(bool on)
    {
        var command = on
            ? new Command("on", "Switches strict mode on, now and for new starts.\n\nExample: sniproxy strict on --percent 10")
            : new Command("off", "Switches strict mode off again where it was switched on in the same way.\n\nExample: sniproxy strict off --sandbox dev");
        var sandbox = CreateSandbox();
        var policy = new Option<string?>("--policy") { Description = "For the sandboxes of this policy only.", HelpName = "POLICY" };
        var percent = new Option<int?>("--percent") { Description = "For this share of all sandboxes, always the same ones.", HelpName = "1-100" };
        command.Add(sandbox);
        command.Add(policy);
        if (on)
        {
            command.Add(percent);
        }

        command.Validators.Add(result =>
        {
            string?[] said = [result.GetValue(sandbox), result.GetValue(policy), on && result.GetResult(percent) is not null ? "percent" : null];
            if (said.Count(one => one is not null) > 1)
            {
                result.AddError("--sandbox, --policy and --percent exclude each other: give one of them.");
            }
        });
        percent.Validators.Add(result =>
        {
            if (result.Tokens is [var text] && (!int.TryParse(text.Value, out var number) || number is < 1 or > MaxPercent))
            {
                result.AddError($"--percent: \"{text.Value}\" is not a number from 1 to {MaxPercent}.");
            }
        });
        command.SetApiVerb((client, parsed, cancellation) => parsed.GetValue(sandbox) is { } id
            ? client.PutAsync($"/sandboxes/{Uri.EscapeDataString(id)}/mode", new ModeRequest(Strict: on), ApiJson.Default.ModeRequest, cancellation)
            : client.PutAsync(
                "/strict",
                new StrictRequest { On = on, Policy = parsed.GetValue(policy), Percent = on ? parsed.GetValue(percent) : null },
                ApiJson.Default.StrictRequest,
                cancellation));
        return command;
    }

    private static Command CreateStatus()
    {
        var command = new Command("status", "Shows where strict mode is on.\n\nExample: sniproxy strict status --output json");
        var sandbox = CreateSandbox();
        command.Add(sandbox);
        command.SetApiVerb((client, parsed, cancellation) => client.GetAsync(
            parsed.GetValue(sandbox) is { } id ? $"/sandboxes/{Uri.EscapeDataString(id)}" : "/strict", cancellation));
        return command;
    }

    private static Option<string?> CreateSandbox() => new("--sandbox") { Description = "For this sandbox only.", HelpName = "SANDBOX" };
}
