using SniProxy.Events;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Api;

/// <summary>Every path of the API and who may call it.</summary>
internal static class ApiEndpoints
{
    /// <summary>Puts the gate before everything that is mapped. Call it once, before <see cref="MapApi"/>.</summary>
    public static IApplicationBuilder UseApiGate(this IApplicationBuilder app) => app.UseMiddleware<ApiGate>();

    /// <summary>
    /// Needs these services: <see cref="TokenBook"/>, <see cref="SandboxRegistry"/>, <see cref="PolicyBook"/>, <see cref="GrantBook"/>, <see cref="EventLog"/>,
    /// <see cref="Readiness"/>, <see cref="AskedNames"/>,
    /// <see cref="MetricsCollector"/>, <see cref="TimeProvider"/>.
    /// </summary>
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var registry = services.GetRequiredService<SandboxRegistry>();
        var book = services.GetRequiredService<PolicyBook>();
        var strict = new StrictEndpoints(book, registry);
        var status = new StatusEndpoints(
            registry,
            book,
            services.GetRequiredService<EventLog>(),
            services.GetRequiredService<Readiness>(),
            services.GetRequiredService<MetricsCollector>(),
            strict,
            services.GetRequiredService<TimeProvider>());
        var sandboxes = new SandboxEndpoints(registry, book);
        var grants = new GrantEndpoints(services.GetRequiredService<GrantBook>(), registry);
        var signals = new SignalEndpoints(registry, book);
        var test = new TestEndpoints(registry, book, services.GetRequiredService<AskedNames>());

        routes.MapGet("/healthz", StatusEndpoints.GetHealthAsync).WithMetadata(new Access(Role.None, IsOpenOnMetrics: true));
        routes.MapGet("/readyz", status.GetReadinessAsync).WithMetadata(new Access(Role.None, IsOpenOnMetrics: true));
        routes.MapGet("/metrics", status.GetMetricsAsync).WithMetadata(new Access(Role.Member, IsOpenOnMetrics: true));

        var api = routes.MapGroup("/api/v1");
        api.MapGet("/status", status.GetStatusAsync).WithMetadata(new Access(Role.Member));
        api.MapGet("/strict", strict.GetAsync).WithMetadata(new Access(Role.Developer));
        api.MapPut("/strict", strict.PutAsync).WithMetadata(new Access(Role.Developer));
        api.MapGet("/sandboxes", sandboxes.ListAsync).WithMetadata(new Access(Role.Member));
        api.MapGet("/sandboxes/{id}", sandboxes.GetAsync).WithMetadata(new Access(Role.Member));
        api.MapPut("/sandboxes/{id}", sandboxes.PutAsync).WithMetadata(new Access(Role.Developer));
        api.MapDelete("/sandboxes/{id}", sandboxes.DeleteAsync).WithMetadata(new Access(Role.Developer));
        api.MapPut("/sandboxes/{id}/mode", sandboxes.PutModeAsync).WithMetadata(new Access(Role.Developer));
        api.MapGet("/grants", grants.ListAsync).WithMetadata(new Access(Role.Developer));
        api.MapPost("/grants", grants.PostAsync).WithMetadata(new Access(Role.Developer));
        api.MapDelete("/grants/{id}", grants.DeleteAsync).WithMetadata(new Access(Role.Developer));
        api.MapPost("/sandboxes/{id}/signals", signals.PostAsync).WithMetadata(new Access(Role.Developer));
        api.MapPost("/test", test.PostAsync).WithMetadata(new Access(Role.Developer));
    }
}
