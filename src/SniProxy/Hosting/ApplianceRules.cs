using System.Net;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Hosting.Configuration;
using SniProxy.Proxy;

namespace SniProxy.Hosting;

/// <summary>The kernel rules that fit a configuration: its listeners' ports, whatever interfaces sandboxes are behind.</summary>
internal static class ApplianceRules
{
    // So many times what a sandbox may ask is still refused in words; whoever asks more does not listen.
    private const long RefusedForEachAnswered = 10;

    /// <param name="options">The configuration.</param>
    /// <param name="interfaces">The gateway's interfaces towards sandboxes.</param>
    /// <param name="listenerName">The transparent listener that takes the connections; null for the first.</param>
    public static RulesetOptions For(ApplianceOptions options, IEnumerable<string> interfaces, string? listenerName = null)
    {
        var transparent = options.Proxy.Listeners.Where(listener => listener.Kind != ListenerKind.Explicit).ToList();
        var listener = transparent.FirstOrDefault(one => listenerName is null || one.Name == listenerName)
            ?? throw new InvalidConfigurationException([NoListener(transparent, listenerName)]);
        return Ruleset(options, interfaces, listener);
    }

    /// <summary>
    /// What has to stand for rules that lead to any of the transparent listeners: the one that the kernel's own kind belongs to.
    /// </summary>
    public static RulesetOptions? Fitting(ApplianceOptions options, InstalledRuleset installed)
    {
        var kind = installed.Interception == Interception.TProxy ? ListenerKind.TProxy : ListenerKind.Redirect;
        return options.Proxy.Listeners
            .Where(listener => listener.Kind == kind)
            .Select(listener => Ruleset(options, installed.Interfaces, listener))
            .OrderBy(rules => installed.Differences(rules).Count())
            .FirstOrDefault();
    }

    private static RulesetOptions Ruleset(ApplianceOptions options, IEnumerable<string> interfaces, ListenerOptions listener) => new()
    {
        Table = options.Enforcement.Table,
        Interfaces = [.. interfaces.Select(name => new SandboxInterface(name))],
        Interception = listener.Kind == ListenerKind.TProxy ? Interception.TProxy : Interception.Redirect,
        ListenerPort = (ushort)listener.Endpoint.Port,
        DnsPort = DnsOptions.TryParseEndpoints(options.Dns.Endpoint, out var dns) ? (ushort)dns[0].Port : null,
        DnsDatagramsPerSecond = (int)Math.Min(options.Dns.QueriesPerSecondPerSandbox * RefusedForEachAnswered, int.MaxValue),
        ExplicitPort = ExplicitPort(options),
    };

    // One that listens on loopback alone cannot be reached from a sandbox, and its port is closed like any other.
    private static ushort? ExplicitPort(ApplianceOptions options) => options.Proxy.Listeners
        .Where(listener => listener.Kind == ListenerKind.Explicit && !IPAddress.IsLoopback(listener.Endpoint.Address))
        .Select(listener => (ushort?)listener.Endpoint.Port)
        .FirstOrDefault();

    private static string NoListener(List<ListenerOptions> transparent, string? name) => name is null
        ? "SniProxy:Proxy:Listeners: there is no listener of kind Redirect or TProxy, "
            + "so there is nothing for the kernel to lead connections to. Add one."
        : $"--listener {name}: there is no transparent listener of that name. "
            + $"Write one of {string.Join(", ", transparent.Select(listener => listener.Name))}.";
}
