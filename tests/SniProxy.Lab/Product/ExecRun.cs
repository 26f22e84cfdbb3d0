using System.Globalization;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Product;

/// <summary>
/// `sniproxy exec` on the gateway, as on a machine of its own: only the network namespace is the lab's, for `ip netns exec` would also hide
/// from the host what the program mounts.
/// </summary>
public static class ExecRun
{
    /// <summary>Prints the number of the run's slot: its name server is the gateway's end of a /30 out of 10.213.0.0/16.</summary>
    public const string TellSlot = "sed -n 's/^nameserver //p' /etc/resolv.conf";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Options stand before the two dashes, the command behind them.</summary>
    public static Task<CommandResult> RunAsync(Lab lab, string[] options, params string[] command) =>
        new Command(Words(lab, options, command)) { Environment = lab.Sandbox.Environment, Folder = lab.Folder, Timeout = Patience }.RunAsync();

    public static Child Start(Lab lab, string[] options, params string[] command) =>
        Child.Start(Words(lab, options, command), lab.Sandbox.Environment, lab.Folder, lab.Folder);

    public static int SlotOf(string nameserver)
    {
        var parts = nameserver.Trim().Split('.').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        return ((parts[2] << 8) + parts[3]) / 4;
    }

    /// <summary>Everything of the slot that is still on the machine or on the gateway.</summary>
    public static async Task<IReadOnlyList<string>> LeftAsync(Lab lab, int slot)
    {
        var name = $"sniproxy-exec-{slot}";
        string[] paths = [$"/run/netns/{name}", $"/etc/netns/{name}", $"/run/sniproxy/exec/{name}", $"/run/sniproxy/exec/{name}.data"];
        var left = paths.Where(Path.Exists).ToList();
        var tables = (await lab.Gateway.RunAsync("nft", "list", "tables")).MustSucceed().Output;
        var links = (await lab.Gateway.RunAsync("ip", "-o", "link")).MustSucceed().Output;
        left.AddRange(tables.Split('\n').Where(l => l.EndsWith($"sniproxy_exec_{slot}", StringComparison.Ordinal)));
        left.AddRange(links.Split('\n').Where(l => l.Contains($" sniexec{slot}@", StringComparison.Ordinal)));
        return left;
    }

    private static string[] Words(Lab lab, string[] options, string[] command) =>
    [
        "nsenter", $"--net=/run/netns/{lab.Gateway.Name}", .. ProductProgram.Words, "exec", "--set", $"Dns:Upstreams:0={Places.Resolver.V4}", .. options,
        "--", .. command,
    ];
}
