using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SniProxy.Enforcement;

/// <summary>
/// The probes by which enforcement is proven; each one does what it claims. The cheap ones (all but <c>redirect</c>, <c>drop</c> and
/// <c>kernel</c>) may be made every few seconds.
/// </summary>
internal static class Probes
{
    // Beyond this share the table fills within minutes under load, and new connections would fail (closed).
    private const double ConntrackCeiling = 0.8;

    /// <summary>The process may do what its listeners need: Redirect nothing special, TProxy one of two capabilities.</summary>
    public static ProbeCheck Privileges(IReadOnlyCollection<Interception> listeners) => Of("privileges", () =>
    {
        var held = Enforcement.Privileges.Read();
        return !listeners.Contains(Interception.TProxy) || held.NetRaw || held.NetAdmin
            ? Probe.Pass("privileges", $"CAP_NET_ADMIN {YesNo(held.NetAdmin)}, CAP_NET_RAW {YesNo(held.NetRaw)}: enough for {Words(listeners)}")
            : Probe.Fail("privileges", "CAP_NET_RAW or CAP_NET_ADMIN is missing for a TProxy listener", "run as root, or grant the process CAP_NET_RAW");
    });

    /// <summary>
    /// The kernel has every expression that the rules use, asked with a transaction that is not committed, and the socket options that
    /// the listeners use.
    /// </summary>
    public static ProbeCheck Kernel(IReadOnlyCollection<Interception> listeners) => new("kernel", async cancellation =>
    {
        const string fix = "use a kernel with nf_tables, nf_nat, nft_fib, nft_reject, nft_socket and nft_tproxy";
        foreach (var interception in listeners.Distinct())
        {
            var options = new RulesetOptions
            {
                Table = "sniproxy_probe", Interfaces = [new SandboxInterface("probe")], Interception = interception, ListenerPort = 1, DnsPort = 2,
            };
            try
            {
                await ExternalCommand.DemandAsync(["nft", "-c", "-f", "-"], Ruleset.Nftables(options), cancellation);
            }
            catch (CommandFailedException error)
            {
                return Probe.Fail("kernel", $"{interception}: {error.Message}", fix);
            }
        }

        var missing = Capabilities.Missing(listeners);
        return missing.Count == 0
            ? Probe.Pass("kernel", $"nf_tables takes the rules for {Words(listeners)}, and sockets the options")
            : Probe.Fail("kernel", string.Join("; ", missing.Select(one => $"{one.What} is missing")), missing[0].Fix);
    });

    /// <summary>The rules of the real interfaces stand as written, with their routing rules.</summary>
    public static ProbeCheck RulesInPlace(Rules rules) => new("rules", async cancellation =>
    {
        var faults = await rules.FaultsAsync(cancellation);
        return faults.Count == 0
            ? Probe.Pass("rules", "the rules stand as written")
            : Probe.Fail("rules", string.Join("; ", faults), "apply them again: `sniproxy rules --interface IF --apply`");
    });

    /// <summary>A sandbox's connection arrives at a listener with its original destination.</summary>
    public static ProbeCheck Redirect(IReadOnlyCollection<Interception> listeners) => Each("redirect", listeners, TrialProbes.RedirectAsync);

    /// <summary>Without a listener, nothing of a sandbox's is forwarded.</summary>
    public static ProbeCheck Drop(IReadOnlyCollection<Interception> listeners) => Each("drop", listeners, TrialProbes.DropAsync);

    /// <summary>The policy DNS answers at its endpoint, whatever it answers.</summary>
    public static ProbeCheck Dns(IPEndPoint endpoint) => new("dns", async cancellation =>
    {
        var target = Reachable(endpoint);
        using var socket = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(target, cancellation);
        var question = DnsQuestion.Make();
        var answer = new byte[512];
        try
        {
            await socket.SendAsync(question, cancellation);
            var length = await socket.ReceiveAsync(answer, cancellation);
            return DnsQuestion.IsAnswer(question, answer.AsSpan(0, length))
                ? Probe.Pass("dns", $"{target} answers")
                : Probe.Fail("dns", $"{target} sent something that is no answer", "see what else listens there: `ss -lunp`");
        }
        catch (SocketException error)
        {
            return Probe.Fail("dns", $"{target}: {error.Message}", "see SniProxy:Dns:Endpoint, and whether `sniproxy run` is up");
        }
    });

    /// <summary>The API says that it is healthy. The client is the caller's, who knows which certificate to expect.</summary>
    public static ProbeCheck Api(Uri health, HttpClient client) => new("api", async cancellation =>
    {
        try
        {
            using var response = await client.GetAsync(health, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return response.IsSuccessStatusCode
                ? Probe.Pass("api", $"{health} answers")
                : Probe.Fail("api", $"{health} answers {(int)response.StatusCode}", "see the appliance's log");
        }
        catch (HttpRequestException error)
        {
            return Probe.Fail("api", $"{health}: {error.Message}", "see SniProxy:Api:Endpoint, and whether `sniproxy run` is up");
        }
    });

    /// <summary>The cap on connections fits into the descriptors that this process may open.</summary>
    public static ProbeCheck DescriptorLimit(int? configured, int perFlow) => Of("descriptors", () =>
    {
        var (limit, open) = (Descriptors.Limit(), Descriptors.Open());
        return ConnectionCap.TryFit(configured, limit, open, perFlow, out var cap, out var error)
            ? Probe.Pass("descriptors", $"{cap} connections fit into RLIMIT_NOFILE {limit}")
            : Probe.Fail("descriptors", $"{error}", "raise the limit of open files, or lower SniProxy:Proxy:MaxConnections");
    });

    /// <summary>The kernel's table of connections has room.</summary>
    public static ProbeCheck Conntrack() => Of("conntrack", () => Conntrack(
        NetworkNamespace.ReadSetting(null, "net/netfilter/nf_conntrack_count"), NetworkNamespace.ReadSetting(null, "net/netfilter/nf_conntrack_max")));

    /// <summary>Judges what the kernel says; null where it tracks nothing.</summary>
    public static Probe Conntrack(string? count, string? maximum)
    {
        if (!long.TryParse(count, CultureInfo.InvariantCulture, out var used) || !long.TryParse(maximum, CultureInfo.InvariantCulture, out var room) || room == 0)
        {
            return Probe.Pass("conntrack", "connections are not tracked");
        }

        return used < room * ConntrackCeiling
            ? Probe.Pass("conntrack", $"{used} of {room} entries in use")
            : Probe.Fail("conntrack", $"{used} of {room} entries in use", $"raise net.netfilter.nf_conntrack_max above {room}, or use a listener of kind TProxy");
    }

    // The first kind that fails is the outcome; otherwise all of them.
    private static ProbeCheck Each(
        string name, IReadOnlyCollection<Interception> listeners, Func<string, Interception, CancellationToken, Task<Probe>> makeAsync) => new(
        name, async cancellation =>
        {
            var details = new List<string>();
            foreach (var interception in listeners.Distinct())
            {
                var probe = await makeAsync(name, interception, cancellation);
                if (!probe.Passed)
                {
                    return probe;
                }

                details.Add(probe.Detail);
            }

            return Probe.Pass(name, string.Join("; ", details));
        });

    private static string Words(IReadOnlyCollection<Interception> listeners) =>
        listeners.Count == 0 ? "no transparent listener" : string.Join(" and ", listeners.Distinct());

    private static string YesNo(bool held) => held ? "is there" : "is not there";

    private static ProbeCheck Of(string name, Func<Probe> make) => new(name, _ => Task.FromResult(make()));

    // A wildcard is no address to send to.
    private static IPEndPoint Reachable(IPEndPoint endpoint) => endpoint.Address switch
    {
        var any when any.Equals(IPAddress.Any) => new IPEndPoint(IPAddress.Loopback, endpoint.Port),
        var any when any.Equals(IPAddress.IPv6Any) => new IPEndPoint(IPAddress.IPv6Loopback, endpoint.Port),
        _ => endpoint,
    };
}
