using System.CommandLine;
using SniProxy.Core.Contract;
using SniProxy.Enforcement;
using SniProxy.Hosting;

namespace SniProxy.Cli.Exec;

/// <summary><c>sniproxy exec</c>: one command behind a private appliance, in a network namespace of its own.</summary>
internal static class ExecVerb
{
    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var policy = new Option<string?>("--policy")
        {
            Description = "The policy document; without one everything is denied but what --allow lists.",
            HelpName = "FILE",
        };
        var mode = new Option<Mode?>("--mode") { Description = "enforce, shadow or observe; over the policy's own.", HelpName = "MODE" };
        mode.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, "enforce", "shadow", "observe");
        var report = new Option<string?>("--report")
        {
            Description = "Writes the summary to a file: .json as JSON, any other as Markdown.",
            HelpName = "FILE",
        };
        var failOnDeny = new Option<bool>("--fail-on-deny")
        {
            Description = "Ends with 3 when anything was denied or, in shadow, would have been.",
        };
        var allow = new Option<string[]>("--allow")
        {
            Description = "Allows a destination, such as pypi.org or ssh://github.com; may be repeated.",
            HelpName = "ENTRY",
            Arity = ArgumentArity.OneOrMore,
        };
        var words = new Argument<string[]>("CMD")
        {
            Description = "The command and its arguments, behind --.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(
            "exec",
            "Runs a command whose only way out is a private appliance, and says what it let through and denied.\n\n"
            + "Example: sudo sniproxy exec --allow pypi.org --allow files.pythonhosted.org -- pip download six")
        {
            policy, mode, report, failOnDeny, allow, words,
        };
        configuration.AddTo(command);
        command.SetVerb(async (parsed, cancellation) =>
        {
            var document = ExecPolicy.Choose(parsed.GetValue(policy), parsed.GetValue(allow) ?? []);
            var upstreams = configuration.Load(parsed).Dns.Upstreams;
            await using var sandbox = await SandboxNamespace.CreateAsync(cancellation: cancellation);
            document.WriteTo(ExecAppliance.PolicyFolder(sandbox));
            await using var appliance = await Appliance.StartAsync(ExecAppliance.Options(sandbox, document, parsed.GetValue(mode), upstreams));
            var summary = new ExecSummary();
            appliance.Events.Recorded += summary.Add;
            var status = await sandbox.RunAsync(new SandboxCommand(parsed.GetValue(words) ?? []));
            await appliance.StopAsync();
            summary.Print(parsed.InvocationConfiguration.Error);
            if (parsed.GetValue(report) is { } file)
            {
                await summary.WriteAsync(file);
            }

            return parsed.GetValue(failOnDeny) && summary.HasDenials ? ExitStatus.Findings : status;
        });
        return command;
    }
}
