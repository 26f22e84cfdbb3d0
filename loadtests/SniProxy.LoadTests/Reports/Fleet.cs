using System.Globalization;

namespace SniProxy.LoadTests.Reports;

/// <summary>What a million sandboxes would need, reckoned from the figures of one processor.</summary>
internal sealed class Fleet(Results results)
{
    private const double Sandboxes = 1e6;
    private const double ConnectionsPerSecond = 0.2;
    private const double DeniedPerSecond = 0.02;
    private const double BytesPerSecond = 50e3;
    private const double RoundTripsPerSecond = 1;
    private const double OpenFlows = 5;

    // A processor that is busier than this has no room for bursts, nor a node for the failure of another one.
    private const double Filled = 0.5;
    private const int ProcessorsOfNode = 16;

    public void Write(TextWriter page, string ours)
    {
        var connect = Median(Metrics.ConnectCpu, ours) * Sandboxes * ConnectionsPerSecond / 1000;
        var deny = Median(Metrics.DenyCpu, ours) * Sandboxes * DeniedPerSecond / 1000;
        var bytes = Median(Metrics.PacedDownloadCpu, ours) * Sandboxes * BytesPerSecond / 1e9;
        var trips = Median(Metrics.PingPong1000, ours) * Sandboxes * RoundTripsPerSecond / 1e6;
        var memory = Median(Metrics.IdleMemory, ours) * Sandboxes * OpenFlows / (1024 * 1024);
        var busy = connect + deny + bytes + trips;
        var nodes = Math.Ceiling(busy / Filled / ProcessorsOfNode);
        page.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            Assumed of a sandbox, in the mean over the day's busiest minutes: {ConnectionsPerSecond} new connections a second (agents install packages and call APIs
            in bursts, and wait in between), {DeniedPerSecond} denied ones, {BytesPerSecond / 1000:N0} kB/s, {RoundTripsPerSecond} small exchange a second on open connections, {OpenFlows} flows open.

            | | processors busy |
            |---|---|
            | {Sandboxes * ConnectionsPerSecond:N0} connections/s | {connect:F1} |
            | {Sandboxes * DeniedPerSecond:N0} denials/s | {deny:F1} |
            | {Sandboxes * BytesPerSecond / 1e9:N0} GB/s of TLS | {bytes:F1} |
            | {Sandboxes * RoundTripsPerSecond:N0} round trips/s | {trips:F1} |
            | together | {busy:F1} |

            Filled to half, for bursts and for the loss of a node: {busy / Filled:F0} processors, {nodes:N0} nodes of {ProcessorsOfNode}; each with {Sandboxes * BytesPerSecond * 8 / 1e9 / nodes:F0} Gbit/s, in
            and out again. The {Sandboxes * OpenFlows:N0} open flows take {memory:F1} GiB of the appliance's memory altogether, and several times that in the kernel's sockets
            (two a flow) and connection tracking. A processor here is one of this machine. Descriptors: {2 * Sandboxes * OpenFlows / nodes:N0} a node.
            What it leaves out: interrupts of real network cards, which were none here, and whatever else runs on a node.

            """));
    }

    private double Median(Metric metric, string ours) => results.Of(metric, ours).Median;
}
