using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Keep constant: 8 connections that carry as much as they can, down and then up.</summary>
internal sealed class BulkScenario : Scenario
{
    private const double Gigabyte = 1e9;

    public override string Name => "bulk";

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        var proxy = bench.LeadThrough(contender);
        var down = bench.Client(proxy, "download", HostClass.Download, "--connections", "8");
        var up = bench.Client(proxy, "upload", HostClass.Upload, "--connections", "8");
        return
        [
            new(Metrics.DownloadCpu, down.CpuFor(down["bytes"] / Gigabyte)),
            new(Metrics.DownloadMachine, down.MachineFor(down["bytes"] / Gigabyte)),
            new(Metrics.DownloadRate, down.PerSecond(down["bytes"] / Gigabyte)),
            new(Metrics.DownloadBusy, down.PerSecond(down["cpu"])),
            new(Metrics.UploadCpu, up.CpuFor(up["bytes"] / Gigabyte)),
            new(Metrics.UploadMachine, up.MachineFor(up["bytes"] / Gigabyte)),
            new(Metrics.UploadRate, up.PerSecond(up["bytes"] / Gigabyte)),
            new(Metrics.UploadBusy, up.PerSecond(up["cpu"])),
        ];
    }
}
