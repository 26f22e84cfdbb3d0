using System.Net;
using System.Net.Http.Headers;
using System.Text;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Product;

/// <summary>
/// The real program in the gateway's namespace. Once its rules stand, the gateway forwards like any machine that hosts sandboxes: from then on
/// nothing but the appliance and its rules is between a sandbox and the rest of the lab.
/// </summary>
public sealed class Appliance : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan QuietPatience = TimeSpan.FromSeconds(10);

    private readonly Namespace _gateway;
    private readonly string _folder;
    private readonly HttpClient _http;
    private readonly Dictionary<string, string> _environment;
    private Child? _process;
    private string? _listener;

    private Appliance(Namespace gateway, string folder, ApplianceSettings settings)
    {
        _gateway = gateway;
        _folder = folder;
        Settings = settings;
        _http = gateway.CreateHttpClient();
        Events = new EventFile(Path.Combine(DataFolder, "events.jsonl"));
        _environment = new Dictionary<string, string> { ["HOME"] = folder, ["TMPDIR"] = folder, ["DOTNET_NOLOGO"] = "1" };
    }

    public ApplianceSettings Settings { get; }

    public string DataFolder => Path.Combine(_folder, "data");

    public string PolicyFolder => Path.Combine(_folder, "policies");

    public string ConfigurationFile => Path.Combine(_folder, "appsettings.json");

    public EventFile Events { get; }

    public Child Process => _process ?? throw new LabException("the appliance has not been started");

    /// <summary>
    /// Applies the rules for the door, starts it, and waits until it says that it enforces. In this order the first round of its probes finds
    /// the rules, and nobody waits for the second.
    /// </summary>
    public static async Task<Appliance> StartAsync(Namespace gateway, string folder, ApplianceSettings settings, Door door)
    {
        Directory.CreateDirectory(Path.Combine(folder, "policies"));
        await File.WriteAllTextAsync(Path.Combine(folder, "appsettings.json"), settings.Json);
        foreach (var (name, text) in settings.Documents)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "policies", $"{name}.yaml"), text);
        }

        var appliance = new Appliance(gateway, folder, settings);
        try
        {
            await appliance.UseAsync(door);
            appliance._process = appliance.Run();
            await appliance.UntilAnsweredAsync("/readyz");
            return appliance;
        }
        catch
        {
            await appliance.DisposeAsync();
            throw;
        }
    }

    /// <summary>Leads the sandboxes' connections to the door's listener; the explicit door stands beside the first transparent one.</summary>
    public async Task UseAsync(Door door)
    {
        var listener = door == Door.TProxy ? ApplianceSettings.TProxyListener : ApplianceSettings.RedirectListener;
        if (listener == _listener)
        {
            return;
        }

        (await RulesAsync("--listener", listener, "--apply")).MustSucceed();
        _listener = listener;
        await Topology.ForwardAsync(_gateway, on: true);
    }

    /// <summary>One verb of the program, run in the gateway with the appliance's configuration.</summary>
    public Task<CommandResult> RunAsync(params string[] words) =>
        (_gateway.Command([.. ProductProgram.Words, .. words, "--config", ConfigurationFile]) with { Environment = _environment, Folder = _folder }).RunAsync();

    /// <summary>A verb that talks to the running appliance, with its admin token.</summary>
    public Task<CommandResult> VerbAsync(params string[] words)
    {
        string[] connection = ["--server", $"http://{ApplianceSettings.ApiAuthority}", "--token", AdminToken];
        return (_gateway.Command([.. ProductProgram.Words, .. words, .. connection]) with { Environment = _environment, Folder = _folder }).RunAsync();
    }

    public Task<CommandResult> RulesAsync(params string[] options) => RunAsync(
        ["rules", "--interface", Topology.SandboxInterface, "--interface", Topology.SecondSandboxInterface, .. options]);

    public void Signal(int signal) => Process.Signal(signal);

    /// <summary>Starts it again on the same data after it has ended; rules and sandboxes stay as they are.</summary>
    public async Task RestartAsync()
    {
        await Process.DisposeAsync();
        _process = Run();
        await UntilAnsweredAsync("/readyz");
    }

    /// <summary>An API call with the admin token; the path begins after /api/v1.</summary>
    public async Task<ApiAnswer> ApiAsync(HttpMethod method, string path, string? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, $"http://{ApplianceSettings.ApiAuthority}/api/v1{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AdminToken);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, type);
        using var answer = await _http.SendAsync(request);
        return new ApiAnswer(answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<string> MetricsAsync() => await _http.GetStringAsync(new Uri($"http://{ApplianceSettings.MetricsAuthority}/metrics"));

    /// <summary>Whether the metrics endpoint answers the path with 200; nobody answering is a no.</summary>
    public async Task<bool> AnswersAsync(string path)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri($"http://{ApplianceSettings.MetricsAuthority}{path}"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>The sum over all series of a metric whose labels contain the text.</summary>
    public async Task<double> MetricAsync(string name, string labels = "") => (await MetricsAsync()).Split('\n')
        .Where(l => (l.StartsWith(name + "{", StringComparison.Ordinal) || l.StartsWith(name + " ", StringComparison.Ordinal))
            && l.Contains(labels, StringComparison.Ordinal))
        .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Waits until no connection is open and every event is written: what comes later belongs to what is done later.</summary>
    public Task UntilQuietAsync() => Waiting.UntilAsync(
        async () => await MetricAsync("sniproxy_active_connections") == 0 && await MetricAsync("sniproxy_events_waiting") == 0,
        QuietPatience,
        () => "connections of an earlier test are still open");

    /// <summary>Replaces a policy file at once, as an editor or a deployment does, and waits until the appliance has read it, for better or worse.</summary>
    public async Task ReplacePolicyAsync(string name, string text)
    {
        var before = await MetricAsync("sniproxy_policy_reloads_total");
        var file = Path.Combine(PolicyFolder, $"{name}.yaml");
        var draft = Path.Combine(_folder, $"{name}.draft");
        await File.WriteAllTextAsync(draft, text);
        File.Move(draft, file, overwrite: true);
        await Waiting.UntilAsync(
            async () => await MetricAsync("sniproxy_policy_reloads_total") > before, TimeSpan.FromSeconds(5), () => "the policy file was not read again");
    }

    public async ValueTask DisposeAsync()
    {
        await Topology.ForwardAsync(_gateway, on: false);
        if (_process is { } running)
        {
            await running.DisposeAsync();
        }

        await Topology.ResetPolicyAsync(_gateway);
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string AdminToken => File.ReadAllText(Path.Combine(DataFolder, "admin.token")).Trim();

    private Child Run() => _gateway.Start([.. Settings.Launcher, .. ProductProgram.Words, "run", "--config", ConfigurationFile], _environment, _folder);

    private Task UntilAnsweredAsync(string path) => Waiting.UntilAsync(
        () => Process.HasExited
            ? throw new LabException($"the appliance ended with {Process.ExitCode}:\n{Process.Said}")
            : AnswersAsync(path),
        StartPatience,
        () => $"the appliance does not answer {path} with 200:\n{Process.Said}");
}
