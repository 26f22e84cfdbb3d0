using System.CommandLine;
using System.CommandLine.Parsing;
using SniProxy.Cli.Exec;

namespace SniProxy.Cli;

/// <summary>The program's command line: one verb for each thing to be done.</summary>
internal static class SniProxyCommand
{
    public static RootCommand Create() => new("SniProxy: an egress firewall for sandboxes of AI agents and CI jobs. It is their one way out, and judges every connection by the name it asks for.")
    {
        RunVerb.Create(),
        ExecVerb.Create(),
        CheckVerb.Create(),
        TestVerb.Create(),
        PolicyVerb.Create(),
        RulesVerb.Create(),
        DoctorVerb.Create(),
        SandboxVerb.Create(),
        StrictVerb.Create(),
        GrantVerb.Create(),
    };

    /// <param name="arguments">The verb and what belongs to it; without any, the help.</param>
    /// <param name="output">Where answers go; standard output unless given.</param>
    /// <param name="errors">Where errors go; standard error unless given.</param>
    /// <returns>One of <see cref="ExitStatus"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter? output = null, TextWriter? errors = null)
    {
        output ??= Console.Out;
        errors ??= Console.Error;
        var root = Create();
        if (arguments.Length == 0)
        {
            arguments = ["--help"];
        }

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var message in Messages(parsed))
            {
                await errors.WriteLineAsync($"sniproxy: {message}");
            }

            await errors.WriteLineAsync($"sniproxy: see {PathOf(parsed.CommandResult)} --help");
            return ExitStatus.WrongUsage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = errors,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        });
    }

    // One line each; that a verb is missing says nothing where a word stands that is none.
    private static IEnumerable<string> Messages(ParseResult parsed)
    {
        var verbs = parsed.CommandResult.Command.Subcommands;
        if (verbs.Count > 0)
        {
            var known = $"Write one of {string.Join(", ", verbs.Select(verb => verb.Name))}.";
            return parsed.UnmatchedTokens.Count > 0 ? [$"\"{parsed.UnmatchedTokens[0]}\" is no verb. {known}"] : [$"A verb is missing. {known}"];
        }

        return parsed.Errors.Select(error => string.Join(' ', error.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
    }

    private static string PathOf(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{PathOf(parent)} {command.Command.Name}" : "sniproxy";
}
