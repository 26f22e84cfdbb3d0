using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests;

/// <summary>
/// The namespaces that run.sh made: a sandbox, whose packets come to a gateway with one of the proxies in it, and an internet behind. A
/// router beside the gateway leads to the same internet by other addresses, without a proxy.
/// </summary>
internal sealed class Network(string prefix)
{
    public const string SandboxAddress = "10.77.0.2";
    public const string OtherSandboxAddress = "10.77.0.3";
    public const string Resolver = "203.0.113.53";
    public const string SandboxInterface = "sbx0";

    /// <summary>By class of host: echo, download, upload, TLS.</summary>
    public static readonly IReadOnlyList<string> Servers = ["203.0.113.10", "203.0.113.11", "203.0.113.12", "203.0.113.13"];

    /// <summary>The same ones by way of the router.</summary>
    public static readonly IReadOnlyList<string> DirectServers = ["198.51.100.10", "198.51.100.11", "198.51.100.12", "198.51.100.13"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // The same rules for all that are led to the same way.
    private const string Table = "sniproxy_load";

    private readonly string others = LoadOptions.ProxyProcessor == 0 ? "0" : $"0-{LoadOptions.ProxyProcessor - 1}";

    /// <summary>On the processors that the proxy does not have.</summary>
    public string[] InSandbox(params IEnumerable<string> command) => ["ip", "netns", "exec", $"{prefix}-s", "taskset", "-c", others, .. command];

    public string[] InInternet(params IEnumerable<string> command) => ["ip", "netns", "exec", $"{prefix}-i", "taskset", "-c", others, .. command];

    public string[] InGateway(string processors, params IEnumerable<string> command) => ["ip", "netns", "exec", $"{prefix}-g", "taskset", "-c", processors, .. command];

    /// <summary>From now on the sandbox's connections go to this one's port of the gateway, and its questions to that of its DNS.</summary>
    public void LeadTo(Contender contender)
    {
        var questions = contender.DnsPort is { } dns ? $"iifname \"{SandboxInterface}\" udp dport 53 redirect to :{dns}" : "";
        var rules = contender.IsTransparent ? Untouched(contender.Port, questions) : Rewritten(contender.Port, questions);
        var replaced = $"add table ip {Table}\ndelete table ip {Table}\ntable ip {Table} {{\n{rules}\n}}";
        Command.Run(InGateway(others, "sh", "-c", "printf '%s\\n' \"$0\" | nft -f -", replaced), Patience);
    }

    private static string Rewritten(int port, string questions) => $$"""
          chain prerouting {
            type nat hook prerouting priority dstnat - 10; policy accept;
            iifname "{{SandboxInterface}}" tcp dport 443 redirect to :{{port}}
            {{questions}}
          }
        """;

    // As `sniproxy rules` writes them: what the listener has already, then what is new to it; nothing of it is tracked. The mark's route is run.sh's.
    private static string Untouched(int port, string questions) => $$"""
          chain arriving {
            type filter hook prerouting priority -300; policy accept;
            iifname "{{SandboxInterface}}" tcp dport 443 notrack
          }
          chain leaving {
            type filter hook output priority -300; policy accept;
            oifname "{{SandboxInterface}}" tcp sport 443 notrack
          }
          chain intercept {
            type filter hook prerouting priority mangle; policy accept;
            iifname "{{SandboxInterface}}" tcp flags & (syn | ack) != syn socket transparent 1 meta mark set 1 accept
            iifname "{{SandboxInterface}}" tcp dport 443 tproxy to :{{port}} meta mark set 1 accept
          }
          chain prerouting {
            type nat hook prerouting priority dstnat - 10; policy accept;
            {{questions}}
          }
        """;
}
