using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using SniProxy.Api;
using SniProxy.Core.Contract;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Flows;
using SniProxy.Policies;
using SniProxy.Proxy;
using SniProxy.Proxy.Listeners;
using SniProxy.Sandboxes;
using SniProxy.Storage;

namespace SniProxy.Hosting;

/// <summary>The running appliance: started in order, stopped in order.</summary>
internal sealed class Appliance : IAsyncDisposable
{
    // For what is left when the flows have ended: answers of the API, the last events.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly ApplianceOptions options;
    private readonly WebApplication app;
    private readonly DataFolderClaim folder;
    private readonly CancellationTokenSource watching = new();
    private Task watch = Task.CompletedTask;

    private Appliance(ApplianceOptions options, WebApplication app, DataFolderClaim folder)
    {
        this.options = options;
        this.app = app;
        this.folder = folder;
    }

    /// <summary>What has to hold before the appliance says that it is ready.</summary>
    public static IReadOnlyList<string> Conditions { get; } = ["listeners", "enforcement"];

    public EventLog Events => app.Services.GetRequiredService<EventLog>();

    /// <summary>
    /// Starts everything and returns when connections are accepted. Policies are in force before the first listener opens; what enforcement
    /// needs and the machine lacks ends the start.
    /// </summary>
    /// <exception cref="MissingCapabilityException">A privilege or kernel feature is missing.</exception>
    /// <exception cref="Configuration.InvalidConfigurationException">The configuration does not fit the machine.</exception>
    /// <exception cref="StoreException">The data folder is another appliance's, or cannot be used.</exception>
    /// <exception cref="IOException">An endpoint cannot be had.</exception>
    public static async Task<Appliance> StartAsync(ApplianceOptions options)
    {
        ApplianceBuilder.Prepare(options);
        var folder = DataFolderClaim.Take(options.DataFolder);
        try
        {
            return await StartAsync(options, folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static async Task<Appliance> StartAsync(ApplianceOptions options, DataFolderClaim folder)
    {
        // The first question under a wildcard needs the public suffix list, and should not wait for it to be read.
        var lists = Task.Run(static () => ListedNames.All);
        var app = ApplianceBuilder.Build(options);
        try
        {
            // First of all: what is counted before the collector listens is lost to it.
            app.Services.GetRequiredService<MetricsCollector>();
            app.Services.GetRequiredService<SandboxesMetrics>();
            app.Services.GetRequiredService<ChangeEvents>();
            app.Services.GetRequiredService<LifecycleEnd>();
            app.Services.GetRequiredService<TokenBook>().EnsureAdmin(options.DataFolder);
            app.Services.GetRequiredService<GuardKeeper>();
            app.Services.GetRequiredService<PolicyFolder>().Start();
            await app.Services.GetRequiredService<DnsServer>().StartAsync(CancellationToken.None);
            await BindAsync(app);
            await lists;

            // A runtime with all its files loaded holds twice as many descriptors as at the start of the program: what is left is known now.
            app.Services.GetRequiredService<FlowTable>().Confine(ApplianceBuilder.MaxFlows(options.Proxy));
            ApiDiscovery.Write(options.DataFolder, new Uri($"http://{options.Api.Endpoint}"));
            var appliance = new Appliance(options, app, folder);
            appliance.Watch();
            app.Services.GetRequiredService<ILogger<Appliance>>().Started(ProgramVersion.Parts.Version, options.DataFolder, options.Api.Endpoint);
            return appliance;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public void ReloadPolicies() => app.Services.GetRequiredService<PolicyFolder>().Reload();

    /// <summary>Accepts nothing new, gives live flows the drain time-out, then ends what is left.</summary>
    public async Task StopAsync()
    {
        var flows = app.Services.GetRequiredService<FlowTable>();
        app.Services.GetRequiredService<Readiness>().Report("draining", "the appliance is stopping");
        await app.Services.GetRequiredService<ProxyListenerFactory>().StopAcceptingAsync();
        app.Services.GetRequiredService<ProxyLog>().Draining(flows.Count, options.Proxy.DrainTimeout);
        await flows.WaitUntilEmptyAsync(options.Proxy.DrainTimeout);
        flows.Close(_ => true, Ending.Drained);
        await flows.WaitUntilEmptyAsync(LastWords);
        await app.Services.GetRequiredService<DnsServer>().StopAsync(CancellationToken.None);
        using var deadline = new CancellationTokenSource(LastWords);
        await app.StopAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await watching.CancelAsync();
        await watch.ContinueWith(static _ => { }, TaskScheduler.Default);
        await app.DisposeAsync();
        watching.Dispose();
        folder.Dispose();
    }

    // The server wraps what a listener says into words of its own, and calls every endpoint an HTTP one.
    private static async Task BindAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
        }
        catch (IOException error) when (error.InnerException is AddressInUseException { Message: var message } && message.StartsWith("The listener", StringComparison.Ordinal))
        {
            throw new IOException(message, error);
        }
        catch (Exception error) when (error is SocketException or IOException { InnerException: AddressInUseException })
        {
            throw new IOException($"SniProxy:Api: {error.Message.TrimEnd('.')}. See SniProxy:Api:Endpoint and SniProxy:Api:Metrics, and what listens there already: `ss -ltnp`.", error);
        }
    }

    private void Watch()
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        var enforcement = app.Services.GetRequiredService<EnforcementWatch>();
        readiness.Report("listeners", null);
        enforcement.Checked += probes =>
        {
            var broken = probes.Where(probe => !probe.Passed).Select(probe => $"{probe.Name}: {probe.Detail}; {probe.Fix}").ToList();
            readiness.Report("enforcement", broken.Count == 0 ? null : string.Join(" | ", broken));
        };
        watch = enforcement.RunAsync(watching.Token);
    }
}
