using System.Diagnostics.Metrics;
using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

internal sealed class SandboxesMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Sandboxes");

    public SandboxesMetrics(SandboxRegistry sandboxes) => meter.CreateObservableGauge(
        "sniproxy_sandboxes",
        () => sandboxes.List()
            .GroupBy(sandbox => sandbox.Paused ? "paused" : sandbox.Mode?.Identifier() ?? "by_policy")
            .Select(group => new Measurement<int>(group.Count(), new KeyValuePair<string, object?>("mode", group.Key))),
        description: "Known sandboxes by the mode set on them; by_policy where none is.");

    public void Dispose() => meter.Dispose();
}
