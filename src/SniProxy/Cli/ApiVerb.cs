using System.CommandLine;

namespace SniProxy.Cli;

/// <summary>What all verbs do alike that talk to a running appliance.</summary>
internal static class ApiVerb
{
    /// <summary>Adds the options of the connection; the answer of <paramref name="call"/>, if any, is printed.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="call">What it asks of the appliance.</param>
    /// <param name="columns">The columns of an array in a table.</param>
    public static void SetApiVerb(this Command command, ApiCall call, params Column[] columns)
    {
        var connection = new ApiConnection();
        connection.AddTo(command);
        command.SetVerb(async (parsed, cancellation) =>
        {
            using var client = connection.Connect(parsed);
            var answer = await call(client, parsed, cancellation);
            Output.Write(parsed.InvocationConfiguration.Output, connection.Format(parsed), answer, columns);
            return ExitStatus.Done;
        });
    }
}
