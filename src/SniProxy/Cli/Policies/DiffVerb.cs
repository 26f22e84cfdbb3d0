using System.CommandLine;
using System.Text.Json;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Replays;

namespace SniProxy.Cli.Policies;

/// <summary><c>sniproxy policy diff</c>: what one policy decides otherwise than another.</summary>
internal static class DiffVerb
{
    private static readonly Column[] DocumentColumns = [new("CHANGE", "change"), new("WHAT", "what"), new("TEXT", "text")];

    private static readonly Column[] VerdictColumns =
    [
        new("DESTINATION", "destination"), new("BEFORE", "before"), new("RULE", "ruleBefore"), new("AFTER", "after"), new("RULE", "ruleAfter"), new("TIMES", "count"),
    ];

    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var output = Output.CreateOption();
        var before = new Argument<string>("BEFORE") { Description = "A document, or the name of a policy in the policies folder." };
        var after = new Argument<string>("AFTER") { Description = "The document or policy it is compared with." };
        var events = RecordedEvents.CreateOption();
        var replay = AgeOption.Create("--replay", "Compares what both decide about what was recorded in this time.");
        var command = new Command(
            "diff",
            "Says which rules and settings differ; with --events or --replay, about which recorded destinations the two decide otherwise. Ends with 3 when anything differs.\n\n"
            + "Example: sniproxy policy diff policies/ci.yaml draft.yaml --replay 7d")
        {
            before, after, events, replay, output,
        };
        configuration.AddTo(command);
        command.SetVerb((parsed, _) =>
        {
            var (left, right) = (Find(before), Find(after));
            var files = parsed.GetValue(events) ?? [];
            var since = AgeOption.Read(parsed.GetValue(replay));
            var (writer, format) = (parsed.InvocationConfiguration.Output, parsed.GetValue(output));
            var differs = files.Length > 0 || since is not null
                ? WriteVerdicts(writer, format, left, right, RecordedEvents.Read(files, () => configuration.Load(parsed), since))
                : WriteDocuments(writer, format, left, right);
            return Task.FromResult(differs ? ExitStatus.Findings : ExitStatus.Done);

            PolicyDocument Find(Argument<string> argument) => PolicySource.Find(parsed.GetValue(argument) ?? string.Empty, configuration, parsed).Document;
        });
        return command;
    }

    private static bool WriteDocuments(TextWriter writer, OutputFormat format, PolicyDocument left, PolicyDocument right)
    {
        var rows = DocumentComparison.Compare(left, right).Select(change => new DocumentRow(change.IsAdded ? "added" : "removed", change.What, change.Text)).ToList();
        Write(writer, format, JsonSerializer.SerializeToElement(rows, PolicyJson.Default.ListDocumentRow), DocumentColumns);
        return rows.Count > 0;
    }

    private static bool WriteVerdicts(TextWriter writer, OutputFormat format, PolicyDocument left, PolicyDocument right, IReadOnlyList<RecordedFlow> flows)
    {
        var now = TimeProvider.System.GetUtcNow();
        var changes = PolicyReplay.Compare(PolicyCompiler.Compile(left, revision: 0, now), PolicyCompiler.Compile(right, revision: 0, now), flows, now);
        var rows = changes
            .Select(change => new VerdictRow(change.Destination, Word(change.Before), change.Before.Rule?.Name, Word(change.After), change.After.Rule?.Name, change.Count))
            .ToList();
        Write(writer, format, JsonSerializer.SerializeToElement(rows, PolicyJson.Default.ListVerdictRow), VerdictColumns);
        return rows.Count > 0;
    }

    // What would be denied passes, and is yet another verdict.
    private static string Word(Verdict verdict) => verdict.WouldDeny ? $"{verdict.Decision.Identifier()} (would deny)" : verdict.Decision.Identifier();

    private static void Write(TextWriter writer, OutputFormat format, JsonElement rows, Column[] columns)
    {
        if (format != OutputFormat.Table || rows.GetArrayLength() > 0)
        {
            Output.Write(writer, format, rows, columns);
        }
    }
}
