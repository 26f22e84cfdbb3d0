// Over 200 lines: all rooms are wired in one place.
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;
using SniProxy.Api;
using SniProxy.Core.Policies;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Flows;
using SniProxy.Hosting.Configuration;
using SniProxy.Policies;
using SniProxy.Proxy;
using SniProxy.Proxy.Listeners;
using SniProxy.Proxy.Live;
using SniProxy.Proxy.Loops;
using SniProxy.Proxy.Sockets;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Synthetic;
using SniProxy.Resolutions.Tunnelling;
using SniProxy.Sandboxes;
using SniProxy.Storage;

namespace SniProxy.Hosting;

/// <summary>Wires the rooms to each other. This is the only place where all of them meet.</summary>
internal static class ApplianceBuilder
{
    /// <summary>What has to hold before anything is opened: the machine offers what enforcement needs, and there is a data folder.</summary>
    public static void Prepare(ApplianceOptions options)
    {
        var kinds = ApplianceProbes.Kinds(options);
        Capabilities.Demand(kinds);
        if (kinds.Count > 0 && options.Enforcement.CheckRules)
        {
            Capabilities.DemandForReadingRules();
        }

        CreateDataFolder(options.DataFolder);
    }

    public static WebApplication Build(ApplianceOptions options)
    {
        var limits = Limits(options.Proxy);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "sniproxy", ContentRootPath = options.DataFolder });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Default;
        });
        builder.Logging.SetMinimumLevel(options.IsQuiet ? LogLevel.Warning : LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);

        // A start that fails is told by the verb, once and without a stack.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        AddRooms(builder.Services, options, limits);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            foreach (var listener in options.Proxy.Listeners)
            {
                kestrel.Listen((System.Net.EndPoint)new ProxyEndPoint(listener), listen => listen.UseSniProxy());
            }

            kestrel.ListenForApi(options.Api);
        });

        // After Kestrel's own: the factory that was added last is asked first.
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => services.GetRequiredService<ProxyListenerFactory>());
        var app = builder.Build();
        app.UseRouting();
        app.UseApiGate();
        app.MapApi();
        return app;
    }

    /// <summary>How many flows fit into the descriptors that are left now.</summary>
    /// <exception cref="InvalidConfigurationException">The configured number does not.</exception>
    public static int MaxFlows(ProxyOptions proxy) =>
        ConnectionCap.TryFit(
            proxy.MaxConnections,
            Descriptors.RaiseLimit(),
            Descriptors.Open() + LoopTransport.PipeDescriptors(proxy, Descriptors.Limit()),
            SocketConnection.DescriptorsPerFlow,
            out var cap,
            out var error)
            ? cap
            : throw new InvalidConfigurationException([$"SniProxy:Proxy:{error}."]);

    private static void AddRooms(IServiceCollection services, ApplianceOptions options, FlowLimits limits)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IHostLifetime, CommandLifetime>();

        services.AddSingleton<IStore>(_ => OpenStore(options.DataFolder));
        services.AddSingleton(provider => new EventLog(
            EventLog.PathFor(options.Events, options.DataFolder), null, provider.GetRequiredService<ILogger<EventLog>>(), options: options.Events));
        services.AddSingleton<EventIds>();
        services.AddSingleton(provider => Revisions(provider));
        services.AddSingleton(provider => new ChangeLog(options.DataFolder, options.Events, provider.GetRequiredService<ILogger<ChangeLog>>()));
        services.AddSingleton<ChangeEvents>();

        services.AddSingleton(options.Policies);
        services.AddSingleton<StrictStore>();
        services.AddSingleton(provider => Book(options, provider));
        services.AddSingleton<GrantStore>();
        services.AddSingleton<GrantBook>();
        services.AddSingleton<PoliciesMetrics>();
        services.AddSingleton<PoliciesLog>();
        services.AddSingleton<PolicyFolder>();

        services.AddSingleton<SandboxStore>();
        services.AddSingleton(provider => Registry(options, provider));
        services.AddSingleton<SandboxesMetrics>();

        services.AddSingleton(options.Dns);
        services.AddSingleton(options.Dns.ForResolver());
        services.AddSingleton<ResolutionMetrics>();
        services.AddSingleton<ResolutionMap>();
        services.AddSingleton<UpstreamResolver>();
        services.AddSingleton(options.Dns.ForSynthetic());
        services.AddSingleton<SyntheticMap>();
        services.AddSingleton(provider => new TunnelWatch(options.Dns.Tunnelling, static () => ListedNames.All.Suffixes, provider.GetRequiredService<TimeProvider>()));

        services.AddSingleton(provider => new DnsWiring(
            provider.GetRequiredService<SandboxRegistry>().Find,
            JudgeForSource(provider.GetRequiredService<SandboxRegistry>(), provider.GetRequiredService<PolicyBook>()),
            InterfacesUsed(provider.GetRequiredService<SandboxRegistry>()),
            provider.GetRequiredService<EventLog>(),
            provider.GetRequiredService<EventIds>(),
            provider.GetRequiredService<OpenFlowJudge>().AskWhereLate));
        services.AddSingleton<DnsMetrics>();
        services.AddSingleton<SyntheticAnswers>();
        services.AddSingleton<DnsQueryHandler>();
        services.AddSingleton<DnsServer>();

        services.AddSingleton<FlowsMetrics>();
        services.AddSingleton(provider => new FlowTable(limits, provider.GetRequiredService<EventIds>(), provider.GetRequiredService<TimeProvider>()));

        services.AddSingleton(options.Proxy);
        services.AddSingleton<ProxyMetrics>();
        services.AddSingleton<ProxyLog>();
        services.AddSingleton<FlowReporter>();
        services.AddSingleton<TurnedAway>();
        services.AddSingleton<DestinationNames>();
        services.AddSingleton<OpenFlowJudge>();
        services.AddSingleton<FlowAdmission>();
        services.AddSingleton<ProxyMiddleware>();
        services.AddSingleton(provider => new LoopTransport(
            new ConnectionBuilder(provider).UseSniProxy().Build(), options.Proxy, provider.GetRequiredService<ProxyLog>()));
        services.AddSingleton(provider => new ProxyListenerFactory(
            provider.GetRequiredService<FlowTable>(),
            provider.GetRequiredService<IngressInterfaces>(),
            provider.GetRequiredService<TurnedAway>(),
            provider.GetRequiredService<ProxyLog>(),
            options.Proxy.Transport == TransportKind.Loops ? provider.GetRequiredService<LoopTransport>() : null));

        services.AddSingleton(provider => new TokenBook(provider.GetRequiredService<IStore>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<MetricsCollector>();
        services.AddSingleton(provider => new AskedNames(
            provider.GetRequiredService<ResolutionMap>(), provider.GetRequiredService<SyntheticMap>(), provider.GetRequiredService<UpstreamResolver>(), options.Proxy.ServerFirstPorts));
        services.AddSingleton(new Readiness(Appliance.Conditions));
        services.AddSingleton(options);
        services.AddSingleton<GuardKeeper>();
        services.AddSingleton<LifecycleEnd>();
        services.AddSingleton(_ => new IngressInterfaces());
        services.AddSingleton<KernelChanges>();
        services.AddSingleton<EnforcementMetrics>();
        services.AddSingleton(provider => new EnforcementWatch(
            ApplianceProbes.Standing(options, provider.GetRequiredService<KernelChanges>(), provider.GetRequiredService<TimeProvider>()),
            provider.GetRequiredService<EnforcementMetrics>(),
            provider.GetRequiredService<ILogger<EnforcementWatch>>(),
            provider.GetRequiredService<TimeProvider>()));
    }

    private static void CreateDataFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidConfigurationException([$"SniProxy:DataFolder: {folder} cannot be made: {error.Message} Name a folder that the appliance may write to."]);
        }
    }

    private static SqliteStore OpenStore(string dataFolder)
    {
        var store = new SqliteStore(SqliteStore.PathIn(dataFolder));
        store.Open();
        return store;
    }

    private static PolicyBook Book(ApplianceOptions options, IServiceProvider provider)
    {
        var strict = provider.GetRequiredService<StrictStore>();
        var policies = options.Policies with
        {
            DnsMode = options.Dns.Mode == DnsMode.Synthetic ? PolicyDnsMode.Synthetic : PolicyDnsMode.Forward,
            SyntheticPool = options.Dns.SyntheticPool,
        };
        return new PolicyBook(
            policies, new Guard(), strict.Load(), provider.GetRequiredService<Revisions>(), strict.Put, provider.GetRequiredService<TimeProvider>());
    }

    private static Revisions Revisions(IServiceProvider provider)
    {
        var store = new RevisionStore(provider.GetRequiredService<IStore>());
        return new Revisions(store.Load(), store.Reserve, provider.GetRequiredService<TimeProvider>());
    }

    private static Func<bool> InterfacesUsed(SandboxRegistry sandboxes) => () => sandboxes.UsesInterfaces;

    private static SandboxRegistry Registry(ApplianceOptions options, IServiceProvider provider)
    {
        try
        {
            return new SandboxRegistry(
                options.Sandboxes,
                options.Bindings,
                provider.GetRequiredService<SandboxStore>(),
                provider.GetRequiredService<Revisions>(),
                provider.GetRequiredService<TimeProvider>());
        }
        catch (TakenAddressException taken)
        {
            throw new InvalidConfigurationException(
            [
                $"SniProxy:Sandboxes: {taken.Message}: that one was registered at run time, and whoever comes from the address can be only one of them. "
                + $"Give \"{taken.Registration.Id}\" other addresses here; or take it out here, start, remove \"{taken.Owner.Id}\" (sniproxy sandbox remove {taken.Owner.Id}), and put it back.",
            ]);
        }
    }

    private static SourceJudge JudgeForSource(SandboxRegistry sandboxes, PolicyBook book) => (source, ingress, out sandbox) =>
        book.JudgeFor(new ConnectionSource(sandboxes, source, ingress), out sandbox);

    private static FlowLimits Limits(ProxyOptions proxy) =>
        new(MaxFlows(proxy), proxy.MaxConnectionsPerSandbox, proxy.NewConnectionsPerSecondPerSandbox);
}
