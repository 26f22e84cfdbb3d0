using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests;

/// <summary>Everything that is measured, in the order of the report.</summary>
internal static class Metrics
{
    private static readonly IReadOnlyList<string> Resolvers = [Dnsmasq.Key, Unbound.Key];

    public static readonly Metric ConnectCpu = new("connect.cpu", "Connections: processor time of the proxy", "s/1,000") { Aim = 0.85, Least = 1.0 };
    public static readonly Metric ConnectMachine = new("connect.machine", "Connections: processor time of the whole machine", "s/1,000");
    public static readonly Metric ConnectRate = new("connect.rate", "Connections at 64 at once", "1/s", 0) { HigherIsBetter = true };
    public static readonly Metric ConnectBusy = new("connect.busy", "Connections: how much of its processor the proxy took", "of 1", 2);
    public static readonly Metric DenyCpu = new("deny.cpu", "Denials: processor time of the proxy", "s/1,000") { Aim = 0.85, Least = 1.1 };
    public static readonly Metric DenyMachine = new("deny.machine", "Denials: processor time of the whole machine", "s/1,000");
    public static readonly Metric DenyRate = new("deny.rate", "Denials at 64 at once", "1/s", 0) { HigherIsBetter = true };
    public static readonly Metric DenyBusy = new("deny.busy", "Denials: how much of its processor the proxy took", "of 1", 2);
    public static readonly Metric DownloadCpu = new("bulk.download", "8 saturated downloads: processor time of the proxy", "s/GB") { Aim = 0.9, Least = 1.0 };
    public static readonly Metric DownloadMachine = new("bulk.download-machine", "8 saturated downloads: processor time of the whole machine", "s/GB");
    public static readonly Metric DownloadRate = new("bulk.download-rate", "8 saturated downloads", "GB/s", 2) { HigherIsBetter = true };
    public static readonly Metric DownloadBusy = new("bulk.download-busy", "8 saturated downloads: how much of its processor the proxy took", "of 1", 2);
    public static readonly Metric UploadCpu = new("bulk.upload", "8 saturated uploads: processor time of the proxy", "s/GB") { Aim = 0.9, Least = 1.0 };
    public static readonly Metric UploadMachine = new("bulk.upload-machine", "8 saturated uploads: processor time of the whole machine", "s/GB");
    public static readonly Metric UploadRate = new("bulk.upload-rate", "8 saturated uploads", "GB/s", 2) { HigherIsBetter = true };
    public static readonly Metric UploadBusy = new("bulk.upload-busy", "8 saturated uploads: how much of its processor the proxy took", "of 1", 2);
    public static readonly Metric PacedDownloadCpu = new("paced.download", "TLS downloads at 0.3 GB/s: processor time of the proxy", "s/GB") { Aim = 1.0, Least = 1.3 };
    public static readonly Metric PacedDownloadMachine = new("paced.download-machine", "TLS downloads at 0.3 GB/s: processor time of the whole machine", "s/GB");
    public static readonly Metric PacedDownloadRate = new("paced.download-rate", "TLS downloads at 0.3 GB/s: what arrived", "GB/s", 2) { HigherIsBetter = true };
    public static readonly Metric PacedUploadCpu = new("paced.upload", "TLS uploads at 0.3 GB/s: processor time of the proxy", "s/GB");
    public static readonly Metric PacedUploadRate = new("paced.upload-rate", "TLS uploads at 0.3 GB/s: what was sent", "GB/s", 2) { HigherIsBetter = true };
    public static readonly Metric TlsDownloadCpu = new("paced.saturated", "TLS downloads, saturated: processor time of the proxy", "s/GB");
    public static readonly Metric TlsDownloadRate = new("paced.saturated-rate", "TLS downloads, saturated", "GB/s", 2) { HigherIsBetter = true };
    public static readonly Metric PingPong100 = new("pingpong.100", "Ping-pong, 100 connections: processor time of the proxy", "µs/round trip", 2) { Aim = 0.75, Least = 0.9 };
    public static readonly Metric PingPong100Rate = new("pingpong.100-rate", "Ping-pong, 100 connections", "1/s", 0) { HigherIsBetter = true };
    public static readonly Metric PingPong1000 = new("pingpong.1000", "Ping-pong, 1,000 connections: processor time of the proxy", "µs/round trip", 2) { Aim = 0.75, Least = 0.9 };
    public static readonly Metric PingPong1000Rate = new("pingpong.1000-rate", "Ping-pong, 1,000 connections", "1/s", 0) { HigherIsBetter = true };
    public static readonly Metric PingPong100Busy = new("pingpong.100-busy", "Ping-pong, 100 connections: how much of its processor the proxy took", "of 1", 2);
    public static readonly Metric PingPong1000Busy = new("pingpong.1000-busy", "Ping-pong, 1,000 connections: how much of its processor the proxy took", "of 1", 2);
    public static readonly Metric LatencyP50 = new("latency.p50", "Connect to first byte, one after the other: p50", "µs", 1) { Aim = 0.85, Least = 1.0 };
    public static readonly Metric LatencyP90 = new("latency.p90", "Connect to first byte, one after the other: p90", "µs", 1);
    public static readonly Metric LatencyP99 = new("latency.p99", "Connect to first byte, one after the other: p99", "µs", 1);
    public static readonly Metric SpacedP50 = new("latency.spaced-p50", "Connect to first byte, 1 ms apart: p50", "µs", 1);
    public static readonly Metric SpacedP99 = new("latency.spaced-p99", "Connect to first byte, 1 ms apart: p99", "µs", 1);
    public static readonly Metric HalfP50 = new("latency.half-p50", "Connect to first byte at half load: p50", "µs", 1);
    public static readonly Metric HalfP90 = new("latency.half-p90", "Connect to first byte at half load: p90", "µs", 1);
    public static readonly Metric HalfP99 = new("latency.half-p99", "Connect to first byte at half load: p99", "µs", 1);
    public static readonly Metric IdleMemory = new("idle.memory", "Memory for an idle connection, of many", "KiB", 2) { Aim = 0.3, Least = 0.5 };
    public static readonly Metric IdleResident = new("idle.resident", "Resident with all of them open", "MiB", 1);
    public static readonly Metric TlsCpu = new("tls.cpu", "New TLS connections: processor time of the proxy", "s/1,000");
    public static readonly Metric TlsRate = new("tls.rate", "New TLS connections, 16 at once", "1/s", 0) { HigherIsBetter = true };
    public static readonly Metric StartListening = new("start.listening", "From start to listening, median of the starts", "ms", 0) { Bound = 250 };
    public static readonly Metric StartReady = new("start.ready", "From start to ready, median of the starts", "ms", 0) { Bound = 1000 };
    public static readonly Metric StartResident = new("start.resident", "Resident when ready", "MB", 1) { Bound = 60 };
    public static readonly Metric ScaleFewFlows = new("scale.100-flows", "A connection while 100 flows are open: processor time of the proxy", "s/1,000");
    public static readonly Metric ScaleManyFlows = new("scale.9000-flows", "A connection while 9,000 flows are open: processor time of the proxy", "s/1,000");
    public static readonly Metric ScaleFlows = new("scale.flows", "Cost of a connection, 9,000 open flows to 100", "times", 2) { Bound = 1.1 };
    public static readonly Metric ScaleFewRules = new("scale.10-rules", "A connection with 10 rules: processor time of the proxy", "s/1,000");
    public static readonly Metric ScaleManyRules = new("scale.100000-rules", "A connection with 100,000 rules: processor time of the proxy", "s/1,000");
    public static readonly Metric ScaleRules = new("scale.rules", "Cost of a connection, 100,000 rules to 10", "times", 2) { Bound = 1.1 };
    public static readonly Metric ScaleOneLoop = new("scale.1-processor", "A connection on one processor: processor time of the proxy", "s/1,000");
    public static readonly Metric ScaleTwoLoops = new("scale.2-processors", "A connection on two processors, shared with the tools: processor time of the proxy", "s/1,000");
    public static readonly Metric ScaleLoops = new("scale.loops", "Cost of a connection, two processors to one", "times", 2);
    public static readonly Metric CachedQuestionCpu = new("dns-cached.cpu", "Cached answers: processor time of the answering side", "µs", 2) { Aim = 1.0, Least = 1.0, Yardsticks = Resolvers };
    public static readonly Metric CachedQuestionMachine = new("dns-cached.machine", "Cached answers: processor time of the whole machine", "µs", 2) { Yardsticks = Resolvers };
    public static readonly Metric CachedQuestionRate = new("dns-cached.rate", "Cached answers, 100 questions at once", "1/s", 0) { HigherIsBetter = true, Yardsticks = Resolvers };
    public static readonly Metric CachedQuestionBusy = new("dns-cached.busy", "Cached answers: how much of its processor the answering side took", "of 1", 2) { Yardsticks = Resolvers };
    public static readonly Metric DeniedQuestionCpu = new("dns-denied.cpu", "Denied names: processor time of the answering side", "µs", 2) { Aim = 1.0, Least = 1.0, Yardsticks = Resolvers };
    public static readonly Metric DeniedQuestionMachine = new("dns-denied.machine", "Denied names: processor time of the whole machine", "µs", 2) { Yardsticks = Resolvers };
    public static readonly Metric DeniedQuestionRate = new("dns-denied.rate", "Denied names, 100 questions at once", "1/s", 0) { HigherIsBetter = true, Yardsticks = Resolvers };
    public static readonly Metric DeniedQuestionBusy = new("dns-denied.busy", "Denied names: how much of its processor the answering side took", "of 1", 2) { Yardsticks = Resolvers };
    public static readonly Metric FloodP50 = new("dns-flood.p50", "Another sandbox's answers in a flood: p50", "ms") { Yardsticks = Resolvers };
    public static readonly Metric FloodP99 = new("dns-flood.p99", "Another sandbox's answers in a flood: p99", "ms") { Bound = 5, Yardsticks = Resolvers };
    public static readonly Metric FloodLost = new("dns-flood.lost", "Another sandbox's questions that got no answer in a flood", "", 0) { Yardsticks = Resolvers };
    public static readonly Metric FloodRate = new("dns-flood.rate", "The flood", "1/s", 0) { HigherIsBetter = true, Yardsticks = Resolvers };
    public static readonly Metric FloodBusy = new("dns-flood.busy", "The flood: how much of its processor the answering side took", "of 1", 2) { Yardsticks = Resolvers };

    public static readonly IReadOnlyList<Metric> All =
    [
        ConnectCpu, ConnectMachine, ConnectRate, ConnectBusy, DenyCpu, DenyMachine, DenyRate, DenyBusy, DownloadCpu, DownloadMachine, DownloadRate, DownloadBusy,
        UploadCpu, UploadMachine, UploadRate, UploadBusy, PacedDownloadCpu, PacedDownloadMachine, PacedDownloadRate, PacedUploadCpu, PacedUploadRate,
        TlsDownloadCpu, TlsDownloadRate, PingPong100, PingPong100Rate, PingPong100Busy, PingPong1000, PingPong1000Rate, PingPong1000Busy, LatencyP50, LatencyP90, LatencyP99,
        SpacedP50, SpacedP99, HalfP50, HalfP90, HalfP99, IdleMemory, IdleResident, TlsCpu, TlsRate, StartListening, StartReady, StartResident,
        ScaleFewFlows, ScaleManyFlows, ScaleFlows, ScaleFewRules, ScaleManyRules, ScaleRules, ScaleOneLoop, ScaleTwoLoops, ScaleLoops,
        CachedQuestionCpu, CachedQuestionMachine, CachedQuestionRate, CachedQuestionBusy,
        DeniedQuestionCpu, DeniedQuestionMachine, DeniedQuestionRate, DeniedQuestionBusy,
        FloodP50, FloodP99, FloodLost, FloodRate, FloodBusy,
    ];
}
