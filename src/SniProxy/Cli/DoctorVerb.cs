using System.CommandLine;
using System.Text.Json;
using SniProxy.Enforcement;
using SniProxy.Hosting;

namespace SniProxy.Cli;

/// <summary><c>sniproxy doctor</c>: proves the enforcement by doing what a sandbox would.</summary>
internal static class DoctorVerb
{
    private static readonly Column[] Columns =
        [new("PROBE", "name"), new("RESULT", "result"), new("FOUND", "detail"), new("WHAT TO DO", "fix")];

    public static Command Create()
    {
        var configuration = new ConfigurationOptions();
        var output = Output.CreateOption();
        var command = new Command(
            "doctor",
            "Makes every probe of the enforcement for real and names what is broken and how to mend it.\n\n"
            + "Example: sudo sniproxy doctor --config /etc/sniproxy/appsettings.json")
        {
            output,
        };
        configuration.AddTo(command);
        command.SetVerb(async (parsed, cancellation) =>
        {
            using var client = new HttpClient();
            var probes = await ProbeRunner.RunAsync(
                ApplianceProbes.All(configuration.Load(parsed), client), ProbeRunner.DefaultLimit, cancellation);
            Output.Write(parsed.InvocationConfiguration.Output, parsed.GetValue(output), ToJson(probes), Columns);
            return probes.All(probe => probe.Passed) ? ExitStatus.Done : ExitStatus.Failed;
        });
        return command;
    }

    private static JsonElement ToJson(IReadOnlyList<Probe> probes)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var probe in probes)
            {
                json.WriteStartObject();
                json.WriteString("name", probe.Name);
                json.WriteString("result", probe.Passed ? "ok" : "broken");
                json.WriteString("detail", probe.Detail);
                json.WriteString("fix", probe.Fix);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return JsonDocument.Parse(buffer.ToArray()).RootElement;
    }
}
