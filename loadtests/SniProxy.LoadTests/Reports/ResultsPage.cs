using System.Globalization;
using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Reports;

/// <summary>RESULTS.md and the charts beside it.</summary>
internal sealed class ResultsPage(Results results, Surroundings surroundings)
{
    public void Write(string folder)
    {
        Directory.CreateDirectory($"{folder}/charts");
        File.WriteAllText($"{folder}/charts/ratios.svg", Chart().Draw());
        using var page = new StreamWriter($"{folder}/RESULTS.md") { NewLine = "\n" };
        page.WriteLine("# What the load tests measured\n\nWritten by `loadtests/run.sh`; what was tried, and why some figures are as they are: [NOTES.md](NOTES.md).\n");
        page.WriteLine("| | |\n|---|---|");
        foreach (var (what, value) in surroundings.All)
        {
            page.WriteLine($"| {what} | {value} |");
        }

        foreach (var ours in results.Ours)
        {
            page.WriteLine($"\n## {ours}: what was aimed at\n");
            new AimTable(results).Write(page, ours);
            page.WriteLine("\nWhere something is missed, [NOTES.md](NOTES.md) says what the profile shows and what was tried.");
        }

        page.WriteLine("""

            Ratios are those of processor time, latency or memory to tuned HAProxy, for questions to dnsmasq and unbound, in the same round: the smaller
            the better.

            ![Ratios to tuned HAProxy](charts/ratios.svg)

            ## All figures

            The median of the rounds, in brackets the lowest and the highest; below, × the ratio to tuned HAProxy, or to whom stands there.
            """);
        foreach (var scenario in Metrics.All.Where(results.Has).GroupBy(metric => metric.Scenario))
        {
            page.WriteLine($"\n### {scenario.Key}\n");
            new ScenarioTable(results).Write(page, scenario);
        }

        page.WriteLine();
        WriteHow(page);
        foreach (var ours in results.Ours.Where(ours => results.Of(Metrics.PacedDownloadCpu, ours).Count > 0 && results.Of(Metrics.IdleMemory, ours).Count > 0))
        {
            page.WriteLine($"## A million sandboxes ({ours})\n");
            new Fleet(results).Write(page, ours);
        }
    }

    private BarChart Chart()
    {
        var names = results.Names.Where(name => name != Rounds.Direct && Metrics.All.Any(metric => metric.Least is not null && results.Ratio(metric, name, Haproxy.Tuned).Count > 0)).ToArray();
        var chart = new BarChart("Ratio to tuned HAProxy (the smaller the better)", names);
        foreach (var metric in Metrics.All.Where(metric => metric.Least is not null && metric.Yardsticks.Contains(Haproxy.Tuned) && results.Has(metric)))
        {
            chart.Add(metric.Title.Split(": processor time")[0], names.Select(name => results.Ratio(metric, name, Haproxy.Tuned)));
        }

        return chart;
    }

    private void WriteHow(TextWriter page)
    {
        page.WriteLine("""
            ## How it is measured

            A sandbox, a gateway and an internet are network namespaces on veth pairs. One rule in the gateway redirects port 443 to the proxy whose turn it
            is. All proxies have the same 1,000 hosts and dial the address that stands for a host; the appliance learns it as in production, by being asked
            for the name. The ClientHello is OpenSSL's, padded to 517 bytes, with another host each time. The proxy has one processor to itself, client and
            server share the others. `direct` goes through a router without a proxy: what tools and wires cost by themselves.

            The appliance runs as in production: published ahead of time, policy, events to a file, metrics, API, time-outs. The peers log
            nothing, but for haproxy-logging, which is haproxy-tuned with a line of JSON in a file for each connection. Lifted are
            only the limits of a sandbox, since one makes all connections here.

            Questions are asked by dnsperf from the sandbox, redirected as connections are, of 1,000 names that the answering side has in its cache, or of 1,000
            that it denies: by the default of the same policy here, as local NXDOMAIN zones in dnsmasq and unbound, each with one thread. Both log
            nothing; the appliance writes an event for each question. A flood is asked of an appliance with its usual limits, by a second sandbox.

            Processor time of a proxy is utime and stime of all its processes, exact to the kernel's tick of 10 ms; of the machine, whatever was not idle.
            Each figure is the median of rounds in which all proxies have their turn, another one first each time. A ratio is that of one round.

            """);
        var rates = ((Metric[])[Metrics.ConnectRate, Metrics.DownloadRate, Metrics.UploadRate, Metrics.PingPong100Rate, Metrics.PingPong1000Rate, Metrics.TlsRate, Metrics.TlsDownloadRate]).Where(results.Has);
        page.WriteLine("""
            Whether the tools hold the proxies back: their rate without a proxy, beside that of the fastest proxy.

            | | direct | fastest proxy | factor |
            |---|---|---|---|
            """);
        foreach (var metric in rates)
        {
            var direct = results.Of(metric, Rounds.Direct).Median;
            var fastest = results.Names.Where(name => name != Rounds.Direct).Max(name => results.Of(metric, name).Median);
            var text = "N" + metric.Digits.ToString(CultureInfo.InvariantCulture);
            page.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {metric.Title}, {metric.Unit} | {direct.ToString(text, CultureInfo.InvariantCulture)} | {fastest.ToString(text, CultureInfo.InvariantCulture)} | {direct / fastest:F1} |"));
        }

        page.WriteLine("""

            Where "how much of its processor the proxy took" is near 1, the proxy was full. Where it is well under 1 the tools' processor was: with two processors client
            and server share one, and cost together about what a good proxy does (carrying much, they cost more: what a proxy splices they copy). The rate then is
            the tools', and a proxy that is not full wakes for fewer events at a time; its processor time is counted, not derived from the rate.

            """);
    }
}
