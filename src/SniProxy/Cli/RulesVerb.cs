using System.CommandLine;
using SniProxy.Enforcement;
using SniProxy.Hosting;

namespace SniProxy.Cli;

/// <summary><c>sniproxy rules</c>: the kernel rules that make the appliance the only way out.</summary>
internal static class RulesVerb
{
    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var interfaces = new Option<string[]>("--interface")
        {
            Description = "An interface with sandboxes behind it; may be repeated.",
            HelpName = "IF",
            Arity = ArgumentArity.OneOrMore,
            Required = true,
        };
        var listener = new Option<string?>("--listener")
        {
            Description = "The transparent listener that takes the connections; the first one unless said.",
            HelpName = "NAME",
        };
        var apply = new Option<bool>("--apply") { Description = "Applies the rules instead of printing them. Twice is the same as once." };
        var remove = new Option<bool>("--remove") { Description = "Removes the rules." };
        var command = new Command(
            "rules",
            "Prints, applies or removes the kernel rules that make the appliance the only way out of interfaces.\n\n"
            + "Example: sniproxy rules --interface veth1 --interface veth2 --apply")
        {
            interfaces, listener, apply, remove,
        };
        configuration.AddTo(command);
        command.Validators.Add(parsed =>
        {
            if (parsed.GetValue(apply) && parsed.GetValue(remove))
            {
                parsed.AddError("--apply and --remove exclude each other.");
            }
        });
        command.SetVerb(async (parsed, cancellation) =>
        {
            var options = ApplianceRules.For(configuration.Load(parsed), parsed.GetValue(interfaces) ?? [], parsed.GetValue(listener));
            if (options.Errors() is { Count: > 0 } errors)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(
                    string.Join(Environment.NewLine, errors.Select(error => $"sniproxy: {error}")));
                return ExitStatus.WrongUsage;
            }

            if (parsed.GetValue(remove))
            {
                Capabilities.DemandForRules();
                await new Rules(options).RemoveAsync(cancellation);
            }
            else if (parsed.GetValue(apply))
            {
                Capabilities.DemandForRules();
                await new Rules(options).ApplyAsync(cancellation);
            }
            else
            {
                await parsed.InvocationConfiguration.Output.WriteAsync(Ruleset.Script(options));
            }

            return ExitStatus.Done;
        });
        return command;
    }
}
