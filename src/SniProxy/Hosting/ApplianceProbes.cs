using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Proxy;
using SniProxy.Proxy.Sockets;

namespace SniProxy.Hosting;

/// <summary>The probes that fit a configuration.</summary>
internal static class ApplianceProbes
{
    private const string RulesName = "rules";

    /// <summary>Cheap enough to be made every few seconds while the appliance runs: the rules are read when the kernel speaks of a change.</summary>
    public static IReadOnlyList<ProbeCheck> Standing(ApplianceOptions options, KernelChanges changes, TimeProvider clock) =>
        [.. Running(options).Select(check => check.Name == RulesName ? new StandingProbe(check, changes.TakeChanged, clock).Check : check)];

    /// <summary>All of them, for <c>doctor</c>: also those that build a network for the purpose.</summary>
    public static IReadOnlyList<ProbeCheck> All(ApplianceOptions options, HttpClient client)
    {
        var kinds = Kinds(options);
        var checks = Running(options);
        checks.Add(Probes.DescriptorLimit(options.Proxy.MaxConnections, SocketConnection.DescriptorsPerFlow));
        if (kinds.Count > 0)
        {
            checks.AddRange([Probes.Kernel(kinds), Probes.Redirect(kinds), Probes.Drop(kinds)]);
        }

        checks.Add(Probes.Api(new Uri($"http://{options.Api.Endpoint}/healthz"), client));
        return checks;
    }

    private static List<ProbeCheck> Running(ApplianceOptions options)
    {
        var kinds = Kinds(options);
        var checks = new List<ProbeCheck> { Probes.Privileges(kinds), Probes.Conntrack() };
        if (kinds.Count > 0 && options.Enforcement.CheckRules)
        {
            checks.Add(RulesInPlace(options));
        }

        if (DnsOptions.TryParseEndpoints(options.Dns.Endpoint, out var dns))
        {
            checks.Add(Probes.Dns(dns[0]));
        }

        return checks;
    }

    public static IReadOnlyList<Interception> Kinds(ApplianceOptions options) =>
    [
        .. options.Proxy.Listeners.Where(listener => listener.Kind != ListenerKind.Explicit)
            .Select(listener => listener.Kind == ListenerKind.TProxy ? Interception.TProxy : Interception.Redirect)
            .Distinct(),
    ];

    // Which interfaces sandboxes are behind is known to whoever applied the rules, and the rules know it since.
    private static ProbeCheck RulesInPlace(ApplianceOptions options) => new(RulesName, async cancellation =>
    {
        const string Fix = "apply them: sniproxy rules --interface IF --apply";
        var any = new Rules(new RulesetOptions { Table = options.Enforcement.Table, Interfaces = [], ListenerPort = 1 });
        if (await any.ReadAsync(cancellation) is not { } installed)
        {
            return Probe.Fail(RulesName, $"table inet {options.Enforcement.Table} is missing: nothing makes the appliance the only way out", Fix);
        }

        return ApplianceRules.Fitting(options, installed) is { } wanted
            ? WithDropped(await Probes.RulesInPlace(new Rules(wanted)).MakeAsync(cancellation), installed.DroppedQuestions)
            : Probe.Fail(RulesName, $"the rules are for {installed.Interception}, and no listener is of that kind", Fix);
    });

    private static Probe WithDropped(Probe rules, long questions) => rules with
    {
        DroppedQuestions = questions,
        Detail = questions == 0 ? rules.Detail : $"{rules.Detail}; they dropped {questions} DNS questions of sources that ask too often",
    };
}
