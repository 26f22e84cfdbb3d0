using System.CommandLine;
using System.Text.Json;
using SniProxy.Api;
using SniProxy.Core.Addresses;
using SniProxy.Core.Policies;
using SniProxy.Hosting.Configuration;
using SniProxy.Policies;
using SniProxy.Proxy;

namespace SniProxy.Cli;

/// <summary><c>sniproxy test</c>: what would become of destinations, asked of the very judge that enforces.</summary>
internal static class TestVerb
{
    private static readonly Column[] Columns =
    [
        new("DESTINATION", "destination"), new("VERDICT", "verdict"), new("REASON", "reason"),
        new("RULE", "rule"), new("POLICY", "policy"), new("MESSAGE", "message"),
    ];

    // Without an appliance there is no configuration that could say otherwise.
    private static readonly IReadOnlySet<int> DefaultPorts = new ProxyOptions().ServerFirstPorts;

    public static Command Create()
    {
        var connection = new ApiConnection();
        var policy = new Option<string?>("--policy")
        {
            Description = "Judges by this policy document, without an appliance.",
            HelpName = "FILE",
        };
        var sandbox = new Option<string?>("--sandbox")
        {
            Description = "Judges as the running appliance would judge this sandbox now.",
            HelpName = "ID",
        };
        var destinations = new Argument<string[]>("DEST")
        {
            Description = "host, host:port, ip:port or scheme://host.",
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command(
            "test",
            "Says what would become of destinations, by which rule and why. Ends with 3 when one would be denied.\n\n"
            + "Example: sniproxy test --policy ci.yaml pypi.org ssh://github.com 10.0.0.1:5432")
        {
            policy, sandbox, destinations,
        };
        connection.AddTo(command);
        command.Validators.Add(parsed =>
        {
            if ((parsed.GetValue(policy) is null) == (parsed.GetValue(sandbox) is null))
            {
                parsed.AddError("Give either --policy FILE or --sandbox ID.");
            }
        });
        command.SetVerb(async (parsed, cancellation) =>
        {
            var wanted = parsed.GetValue(destinations) ?? [];
            var answers = parsed.GetValue(policy) is { } file
                ? JudgeBy(file, connection.OpenBundles(parsed), wanted)
                : await AskAsync(
                    connection, parsed, new TestRequest { Sandbox = parsed.GetValue(sandbox), Destinations = [.. wanted] }, cancellation);
            Output.Write(parsed.InvocationConfiguration.Output, connection.Format(parsed), answers, Columns);
            return answers.EnumerateArray().Any(answer => answer.GetProperty("verdict").GetString() == "deny")
                ? ExitStatus.Findings
                : ExitStatus.Done;
        });
        return command;
    }

    private static JsonElement JudgeBy(string file, BundleShelf bundles, string[] destinations)
    {
        var reading = PolicyFile.Read(file, revision: 0, TimeProvider.System.GetUtcNow(), bundles);
        if (reading.Policy is not { } policy)
        {
            throw new InvalidConfigurationException([.. reading.Errors.Select(error => error.ToString())]);
        }

        var judge = new Judge(policy, policy.Mode, strict: false, GuardFor(policy), Circumstances.At(TimeProvider.System.GetUtcNow()));
        var answers = new List<TestAnswer>();
        foreach (var text in destinations)
        {
            if (!TestDestination.TryParse(text, out var destination, out var fault))
            {
                throw new UsageException($"{fault.Message}; {fault.Fix}");
            }

            answers.Add(TestAnswers.Of(judge, judge.Explain(destination, new KnownBindings { IsServerFirst = DefaultPorts.Contains(destination.Port) })));
        }

        return JsonSerializer.SerializeToElement(answers, ApiJson.Default.IReadOnlyListTestAnswer);
    }

    // Where the policy does not say how names are answered there is nobody whose default it would be.
    private static Guard GuardFor(Policy policy) =>
        policy.DnsMode == PolicyDnsMode.Synthetic ? new Guard().Over(SyntheticPool.DefaultBlocks) : new Guard();

    private static async Task<JsonElement> AskAsync(
        ApiConnection connection, ParseResult parsed, TestRequest request, CancellationToken cancellation)
    {
        using var client = connection.Connect(parsed);
        return await client.PostAsync("/test", request, ApiJson.Default.TestRequest, cancellation);
    }
}
