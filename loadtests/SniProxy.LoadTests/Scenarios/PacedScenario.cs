using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Real TLS on 8 connections: inject 0.3 GB/s down, then up, then as much as client and server can encrypt.</summary>
internal sealed class PacedScenario : Scenario
{
    private const double Gigabyte = 1e9;

    // Bytes a second, of all connections together.
    private const string Pace = "300000000";

    public override string Name => "paced";

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        var proxy = bench.LeadThrough(contender);
        var down = bench.TlsClient(proxy, "download", "--connections", "8", "--rate", Pace);
        yield return new(Metrics.PacedDownloadCpu, down.CpuFor(down["bytes"] / Gigabyte));
        yield return new(Metrics.PacedDownloadMachine, down.MachineFor(down["bytes"] / Gigabyte));
        yield return new(Metrics.PacedDownloadRate, down.PerSecond(down["bytes"] / Gigabyte));
        if (bench.IsQuick)
        {
            yield break;
        }

        var up = bench.TlsClient(proxy, "upload", "--connections", "8", "--rate", Pace);
        yield return new(Metrics.PacedUploadCpu, up.CpuFor(up["bytes"] / Gigabyte));
        yield return new(Metrics.PacedUploadRate, up.PerSecond(up["bytes"] / Gigabyte));
        var saturated = bench.TlsClient(proxy, "download", "--connections", "8");
        yield return new(Metrics.TlsDownloadCpu, saturated.CpuFor(saturated["bytes"] / Gigabyte));
        yield return new(Metrics.TlsDownloadRate, saturated.PerSecond(saturated["bytes"] / Gigabyte));
    }
}
