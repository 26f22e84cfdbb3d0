using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.Json;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies.Replays;
using SniProxy.Events;
using SniProxy.Hosting;
using SniProxy.Hosting.Configuration;

namespace SniProxy.Cli.Policies;

/// <summary>Reads what was recorded back out of the lines of events.</summary>
internal static class RecordedEvents
{
    public static Option<string[]> CreateOption() => new("--events")
    {
        Description = "A file of events (JSON lines); may be repeated. Else those of the appliance on this machine.", HelpName = "FILE", AllowMultipleArgumentsPerToken = false,
    };

    /// <summary>The decisions of the files named, or of those that the configuration names.</summary>
    /// <exception cref="InvalidConfigurationException">There is no such file, or a line of it is no event.</exception>
    public static IReadOnlyList<RecordedFlow> Read(string[] files, Func<ApplianceOptions> configured, TimeSpan? since)
    {
        var from = since is { } age ? TimeProvider.System.GetUtcNow() - age : DateTimeOffset.MinValue;
        var flows = new List<RecordedFlow>();
        foreach (var file in files.Length > 0 ? files : FilesOf(configured()))
        {
            try
            {
                ReadFile(file, from, flows);
            }
            catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new InvalidConfigurationException([$"{file}: there is no such file; name a file of events with --events"]);
            }
        }

        return flows;
    }

    private static string[] FilesOf(ApplianceOptions options)
    {
        if (string.IsNullOrEmpty(options.Events.JsonLines))
        {
            throw new InvalidConfigurationException(["SniProxy:Events:JsonLines is empty, so that no events are kept; name a file of events with --events"]);
        }

        var current = Path.Combine(options.DataFolder, options.Events.JsonLines);
        string[] files = [.. new EventArchive(current).Files(), .. File.Exists(current) ? [current] : Array.Empty<string>()];
        return files.Length > 0 ? files : throw new InvalidConfigurationException([$"{current}: no events were recorded; run the appliance, or name a file of events with --events"]);
    }

    private static void ReadFile(string file, DateTimeOffset from, List<RecordedFlow> flows)
    {
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (line.Length == 0)
            {
                continue;
            }

            try
            {
                using var document = JsonDocument.Parse(line);
                if (document.RootElement.GetProperty("time").GetDateTimeOffset() >= from && Flow(document.RootElement) is { } flow)
                {
                    flows.Add(flow);
                }
            }
            catch (Exception problem) when (problem is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new InvalidConfigurationException([string.Create(CultureInfo.InvariantCulture, $"{file}({number},1): the line is no event; name a file that the appliance wrote, uncut")]);
            }
        }
    }

    // Null for what the rules did not decide about: what was refused for a limit, or of an unknown kind. What a limit ended later, or would have
    // refused were it enforced, was let through like any other.
    private static RecordedFlow? Flow(JsonElement line)
    {
        var kind = Text(line, "kind");
        var reason = Word<Reason>(Text(line, "reason"), ContractNames.Identifier);
        var isRefused = Text(line, "verdict") == Decision.Deny.Identifier();
        if (kind is not ("flow" or "request" or "dns") || reason is Reason.Overloaded or Reason.UnknownSandbox
            || (isRefused && reason is (Reason.RateLimited or Reason.ConnectionLimit or Reason.BudgetExceeded)))
        {
            return null;
        }

        var labels = line.GetProperty("labels");
        var common = new RecordedFlow
        {
            IsQuestion = kind == "dns",
            Name = HostName.TryParse(Text(line, kind == "dns" ? "qname" : "name") ?? string.Empty, out var name) == HostNameSyntax.Valid ? name : null,
            Verdict = Word<Decision>(Text(line, "verdict"), ContractNames.Identifier),
            WouldDeny = Text(line, "wouldBe") == "deny",
            Reason = reason,
            Service = Text(line, "service"),
            Phase = Text(line, "phase"),
            Labels = labels.ValueKind == JsonValueKind.Object ? labels.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString() ?? string.Empty) : [],
            Count = line.TryGetProperty("count", out var count) ? count.GetInt64() : 1,
        };
        return common.IsQuestion ? common.Name is null ? null : common : Connection(common, line);
    }

    private static RecordedFlow? Connection(RecordedFlow common, JsonElement line)
    {
        var original = Endpoint(line, "originalDestination");
        var dialled = Endpoint(line, "dialled");
        if ((dialled ?? original) is not { } known)
        {
            return null;
        }

        // Where a named flow was sent says nothing of the name unless the two were bound.
        var isOfName = dialled is not null || common.Name is null || line.GetProperty("bound").GetBoolean();
        return common with
        {
            Transport = Word<Transport>(Text(line, "transport"), ContractNames.Identifier),
            Protocol = Word<Protocol>(Text(line, "protocol"), ContractNames.Identifier),
            Port = (ushort)known.Port,
            Evidence = Text(line, "evidence") is { } evidence ? Word<Evidence>(evidence, ContractNames.Identifier) : Evidence.None,
            Address = isOfName ? Address.From(known.Address) : default,
            Unreadable = common.Reason.IsUnreadable() ? common.Reason : Reason.None,
            HasEch = line.GetProperty("ech").GetBoolean(),
        };
    }

    private static string? Text(JsonElement line, string field) => line.GetProperty(field).GetString();

    private static IPEndPoint? Endpoint(JsonElement line, string field) => Text(line, field) is { } text && IPEndPoint.TryParse(text, out var endpoint) ? endpoint : null;

    private static T Word<T>(string? text, Func<T, string> identifier)
        where T : struct, Enum => ContractNames.Find(text, identifier) ?? default;
}
