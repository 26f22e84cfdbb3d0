using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SniProxy.Core.Contract;

namespace SniProxy.Cli.Exec;

/// <summary>What a run was let through and denied, counted by destination and reason.</summary>
internal sealed class ExecSummary
{
    private readonly ConcurrentDictionary<ExecTally, int> tallies = new();
    private long bytesUp;
    private long bytesDown;

    public bool HasDenials => tallies.Keys.Any(tally => tally.IsDenied || tally.WouldBeDenied);

    public void Add(FlowEvent one)
    {
        Interlocked.Add(ref bytesUp, one.BytesUp);
        Interlocked.Add(ref bytesDown, one.BytesDown);

        // A question that was answered is no connection yet; one that was not is why there is none.
        if (one.Kind == EventKind.Dns && one is { Verdict: not Decision.Deny, WouldBe: null })
        {
            return;
        }

        var tally = new ExecTally(
            one.Verdict == Decision.Deny,
            one.WouldBe == Decision.Deny,
            Destination(one),
            one.Kind == EventKind.Dns ? "dns" : one.Protocol.Identifier(),
            one.Reason,
            one.Message ?? string.Empty);
        tallies.AddOrUpdate(tally, (int)one.Count, (_, count) => count + (int)one.Count);
    }

    public void Print(TextWriter output)
    {
        var passed = Count(tally => tally.IsAllowed);
        var denied = Count(tally => tally.IsDenied);
        var wouldDeny = Count(tally => tally.WouldBeDenied);
        output.WriteLine(
            $"sniproxy: {passed} let through, {denied} denied, {wouldDeny} would be denied; {bytesUp} bytes up, {bytesDown} bytes down");
        foreach (var (tally, count) in Ordered())
        {
            var why = tally.IsAllowed ? string.Empty : $": {tally.Message}";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {tally.Verdict,-9} {tally.Destination} ({tally.Protocol}) ×{count}{why}"));
        }
    }

    /// <summary>JSON where the file's name ends so, else Markdown for a job's summary page.</summary>
    public Task WriteAsync(string file)
    {
        var isJson = Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase);
        return File.WriteAllTextAsync(file, isJson ? ToJson() : ToMarkdown());
    }

    private static string Destination(FlowEvent one)
    {
        if (one.Qname is { } question)
        {
            return question;
        }

        var at = one.OriginalDestination ?? one.Dialled;
        return one.Name is { } name
            ? $"{name}:{at?.Port.ToString(CultureInfo.InvariantCulture) ?? "?"}"
            : one.OriginalDestination?.ToString() ?? "?";
    }

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);

    private int Count(Func<ExecTally, bool> which) => tallies.Where(pair => which(pair.Key)).Sum(pair => pair.Value);

    private IEnumerable<KeyValuePair<ExecTally, int>> Ordered() =>
        tallies.OrderByDescending(pair => pair.Key.IsDenied)
            .ThenByDescending(pair => pair.Key.WouldBeDenied)
            .ThenBy(pair => pair.Key.Destination, StringComparer.Ordinal);

    private string ToMarkdown()
    {
        var text = new StringBuilder("| Verdict | Destination | Protocol | Count | Reason | Message |\n|---|---|---|---|---|---|\n");
        foreach (var (tally, count) in Ordered())
        {
            text.Append(CultureInfo.InvariantCulture, $"| {tally.Verdict} | `{tally.Destination}` | {tally.Protocol} | {count} ");
            text.Append(CultureInfo.InvariantCulture, $"| {tally.Reason.Identifier()} | {Escaped(tally.Message)} |\n");
        }

        return text.ToString();
    }

    private string ToJson()
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("allowed", Count(tally => tally.IsAllowed));
            json.WriteNumber("denied", Count(tally => tally.IsDenied));
            json.WriteNumber("wouldDeny", Count(tally => tally.WouldBeDenied));
            json.WriteNumber("bytesUp", bytesUp);
            json.WriteNumber("bytesDown", bytesDown);
            json.WriteStartArray("destinations");
            foreach (var (tally, count) in Ordered())
            {
                json.WriteStartObject();
                json.WriteString("verdict", tally.Verdict);
                json.WriteString("destination", tally.Destination);
                json.WriteString("protocol", tally.Protocol);
                json.WriteString("reason", tally.Reason.Identifier());
                json.WriteString("message", tally.Message);
                json.WriteNumber("count", count);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }
}
