using System.CommandLine;
using SniProxy.Cli.Policies;
using SniProxy.Core.Policies;

namespace SniProxy.Cli;

/// <summary><c>sniproxy policy</c>: what there is to do with policy documents.</summary>
internal static class PolicyVerb
{
    public static Command Create() => new("policy", "Policy documents: look them through, compare, draft, import and export them.\n\nExample: sniproxy policy lint --offline policies/ci.yaml")
    {
        ListVerb.Create(),
        ShowVerb.Create(),
        LintVerb.Create(),
        DiffVerb.Create(),
        DraftVerb.Create(),
        ImportVerb.Create(),
        ExportVerb.Create(),
        CreateSchema(),
    };

    private static Command CreateSchema()
    {
        var command = new Command("schema", "Prints the JSON Schema of policy documents, for editors.\n\nExample: sniproxy policy schema > policy.schema.json");
        command.SetVerb(async (parsed, cancellation) =>
        {
            await parsed.InvocationConfiguration.Output.WriteAsync(PolicySchema.Write().AsMemory(), cancellation);
            return ExitStatus.Done;
        });
        return command;
    }
}
