using System.Globalization;
using System.Runtime.InteropServices;

namespace SniProxy.LoadTests.Reports;

/// <summary>When, where and with which versions was measured.</summary>
internal sealed class Surroundings(LoadOptions options)
{
    private const double KibPerGib = 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public IEnumerable<(string What, string Value)> All =>
    [
        ("Date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
        ("Machine", string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} × {First("/proc/cpuinfo", "model name")}, {Memory:F0} GiB")),
        ("Kernel", $"{File.ReadAllText("/proc/sys/kernel/osrelease").Trim()} {RuntimeInformation.OSArchitecture}"),
        ("Runtime", RuntimeInformation.FrameworkDescription),
        ("Appliance", $"commit {Output("git", "-C", options.Output ?? ".", "rev-parse", "--short", "HEAD")}, transport {(options.Transports.Count == 0 ? "as it is unless said" : string.Join(" and ", options.Transports))}"),
        .. options.Peers.Select(peer => peer.Split('-')[0]).Distinct().Select(peer => (peer, Version(peer))),
        ("Rounds", string.Create(CultureInfo.InvariantCulture, $"{options.Rounds}, of {options.Seconds} s each after 1 s of warming up")),
        ("Load when it ended", File.ReadAllText("/proc/loadavg").Trim()),
    ];

    private static double Memory => double.Parse(First("/proc/meminfo", "MemTotal").Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / KibPerGib;

    private static string Version(string peer) => Output("dpkg-query", "--show", "--showformat", "${Version}", peer switch
    {
        "dlundquist" => "sniproxy",
        "dnsmasq" => "dnsmasq-base",
        _ => peer,
    });

    private static string First(string file, string key) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown";

    private static string Output(params string[] command)
    {
        try
        {
            return Command.Run(command, Patience).Trim();
        }
        catch (Exception error) when (error is CommandFailedException or System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
