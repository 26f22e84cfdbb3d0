using System.Net.Sockets;

namespace SniProxy.Enforcement;

/// <summary>
/// What this machine must offer before anything may call itself enforcing. Asked of the kernel by doing it, not by reading versions.
/// </summary>
internal static class Capabilities
{
    private const string NetAdminFix = "run as root, or grant the process CAP_NET_ADMIN (systemd: AmbientCapabilities=CAP_NET_ADMIN)";

    /// <summary>Everything that listeners of these kinds need and the machine lacks; none when they can start.</summary>
    public static IReadOnlyList<MissingCapability> Missing(IEnumerable<Interception> listeners) =>
        [.. listeners.Distinct().Select(kind => kind == Interception.TProxy ? MissingTransparent() : MissingOriginalDestination()).OfType<MissingCapability>()];

    /// <exception cref="MissingCapabilityException">The first that is missing; the command ends with status 77.</exception>
    public static void Demand(IEnumerable<Interception> listeners) => Throw(Missing(listeners));

    /// <summary>What <c>rules --apply</c> and <c>--remove</c> need.</summary>
    /// <exception cref="MissingCapabilityException">The first that is missing.</exception>
    public static void DemandForRules() => Throw([.. MissingForRules(Privileges.Read())]);

    /// <summary>What an appliance needs to prove, while it runs, that the rules stand: the kernel shows them to nobody else.</summary>
    /// <exception cref="MissingCapabilityException">The first that is missing.</exception>
    public static void DemandForReadingRules() => Throw([.. MissingForRules(Privileges.Read()).Select(missing => missing with
    {
        What = missing.What.Replace("to change", "to see", StringComparison.Ordinal),
        Fix = $"{missing.Fix}; where somebody else keeps the rules and answers for them, set SniProxy:Enforcement:CheckRules to false",
    })]);

    /// <summary>What <c>exec</c> needs; that the kernel tells original destinations shows only once its rules stand.</summary>
    /// <exception cref="MissingCapabilityException">The first that is missing.</exception>
    public static void DemandForExec()
    {
        var privileges = Privileges.Read();
        Throw([.. MissingForRules(privileges), .. MissingForNamespaces(privileges)]);
        ExternalCommand.Locate("setpriv");
        ExternalCommand.Locate("mount");
    }

    /// <summary>What is missing for changing rules.</summary>
    public static IEnumerable<MissingCapability> MissingForRules(Privileges privileges)
    {
        if (!privileges.NetAdmin)
        {
            yield return new MissingCapability("CAP_NET_ADMIN (to change the kernel's rules)", NetAdminFix);
        }

        foreach (var program in new[] { "nft", "ip" })
        {
            if (MissingProgram(program) is { } missing)
            {
                yield return missing;
            }
        }
    }

    /// <summary>What is missing for making network namespaces.</summary>
    public static IEnumerable<MissingCapability> MissingForNamespaces(Privileges privileges)
    {
        if (!privileges.SysAdmin)
        {
            yield return new MissingCapability("CAP_SYS_ADMIN (to make a network namespace)", "run as root (sudo sniproxy exec …)");
        }
    }

    private static MissingCapability? MissingTransparent()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            OriginalDestination.SetTransparent(socket);
            return null;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.AccessDenied or SocketError.OperationNotSupported || IsPermission(error))
        {
            return new MissingCapability(
                "CAP_NET_RAW or CAP_NET_ADMIN (for a TProxy listener)",
                "run as root, grant the process CAP_NET_RAW (systemd: AmbientCapabilities=CAP_NET_RAW), or use a listener of kind Redirect");
        }
        catch (SocketException error)
        {
            return new MissingCapability(
                $"the kernel's IP_TRANSPARENT ({error.Message})", "use a kernel with TPROXY support, or a listener of kind Redirect");
        }
    }

    private static MissingCapability? MissingOriginalDestination() => OriginalDestination.IsSupported()
        ? null
        : new MissingCapability(
            "the kernel's SO_ORIGINAL_DST (for a Redirect listener)",
            "load it with `modprobe nf_conntrack`, or apply the rules first: `sniproxy rules --interface IF --apply`");

    private static MissingCapability? MissingProgram(string program)
    {
        try
        {
            ExternalCommand.Locate(program);
            return null;
        }
        catch (MissingCapabilityException error)
        {
            return error.Missing;
        }
    }

    // EPERM has no SocketError of its own on Unix.
    private static bool IsPermission(SocketException error) => error.NativeErrorCode is 1 or 13;

    private static void Throw(IReadOnlyList<MissingCapability> missing)
    {
        if (missing.Count > 0)
        {
            throw new MissingCapabilityException(missing[0]);
        }
    }
}
