using System.Net;

namespace SniProxy.Enforcement;

/// <summary>
/// A fresh network namespace for one command. Its only way out is a veth pair whose gateway end is closed by a <see cref="Ruleset"/> of
/// its own before it comes up; the caller binds a private appliance to the gateway's addresses and the two ports.
/// </summary>
internal sealed class SandboxNamespace : IAsyncDisposable
{
    private readonly string folder;
    private readonly ExecClaim claim;
    private readonly ExecWiring wiring;
    private bool disposed;

    private SandboxNamespace(string folder, ExecClaim claim)
    {
        this.folder = folder;
        this.claim = claim;
        wiring = new ExecWiring(claim.Slot, HasIPv6);
    }

    /// <summary>Where runs keep account of one another: below /run, so that a reboot clears it together with the namespaces.</summary>
    public static string DefaultFolder => "/run/sniproxy/exec";

    public string Name => claim.Slot.Namespace;

    /// <summary>A folder for the private appliance's state; it goes with the namespace.</summary>
    public string DataFolder => Path.Combine(folder, claim.Slot.DataFolderName);

    /// <summary>The gateway's end of the pair, in the caller's namespace: the sandbox's ingress.</summary>
    public string Interface => claim.Slot.Interface;

    /// <summary>Where the private appliance must listen: IPv4 first, IPv6 where this machine has it.</summary>
    public IReadOnlyList<IPAddress> GatewayAddresses => wiring.GatewayAddresses;

    /// <summary>What the command's connections come from.</summary>
    public IReadOnlyList<IPAddress> SandboxAddresses => wiring.SandboxAddresses;

    /// <summary>Port of the private Redirect listener, free on every gateway address when the namespace was made.</summary>
    public ushort ListenerPort { get; private set; }

    /// <summary>Port of the private DNS, free for UDP and TCP.</summary>
    public ushort DnsPort { get; private set; }

    /// <summary>Clears what dead runs left, then makes a namespace that nothing gets out of until somebody listens.</summary>
    /// <exception cref="MissingCapabilityException">A program or privilege is missing.</exception>
    /// <exception cref="CommandFailedException">The kernel refused, or no slot is free.</exception>
    public static async Task<SandboxNamespace> CreateAsync(string? folder = null, CancellationToken cancellation = default)
    {
        folder ??= DefaultFolder;
        Capabilities.DemandForExec();
        await ClearLeftoversAsync(folder, cancellation);
        var made = new SandboxNamespace(folder, await ClaimAsync(folder, cancellation));
        try
        {
            await made.BuildAsync(cancellation);
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>Removes what runs left whose process is gone. Returns how many there were.</summary>
    public static async Task<int> ClearLeftoversAsync(string? folder = null, CancellationToken cancellation = default)
    {
        folder ??= DefaultFolder;
        using var entered = await ExecClaim.EnterAsync(folder, cancellation);
        var cleared = 0;
        foreach (var slot in ExecClaim.Known(folder).ToList())
        {
            using var claim = ExecClaim.TryTake(folder, slot);
            if (claim is not null)
            {
                await new ExecWiring(slot, HasIPv6).RemoveAsync(cancellation);
                RemoveData(folder, slot);
                claim.Release();
                cleared++;
            }
        }

        ExecClaim.RestoreKernel(folder);
        return cleared;
    }

    /// <summary>Runs a command inside and returns its status as a shell would: its own, 127 not found, 128+n by signal n.</summary>
    public Task<int> RunAsync(SandboxCommand command) => command.RunAsync(Name);

    /// <summary>Ends whatever still runs inside and removes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        using (claim)
        {
            await wiring.RemoveAsync(CancellationToken.None);
            RemoveData(folder, claim.Slot);
            using var entered = await ExecClaim.EnterAsync(folder, CancellationToken.None);
            claim.Release();
            ExecClaim.RestoreKernel(folder);
            ExecClaim.RemoveAccount(folder);
        }
    }

    private static bool HasIPv6 => NetworkNamespace.ReadSetting(null, "net/ipv6/conf/all/forwarding") is not null;

    private static void RemoveData(string folder, ExecSlot slot)
    {
        var data = Path.Combine(folder, slot.DataFolderName);
        if (Directory.Exists(data))
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<ExecClaim> ClaimAsync(string folder, CancellationToken cancellation)
    {
        using var entered = await ExecClaim.EnterAsync(folder, cancellation);
        var routes = await ExecWiring.RoutesAsync(cancellation);
        foreach (var slot in Enumerable.Range(0, ExecSlot.Count).Select(number => new ExecSlot(number)).Where(slot => ExecWiring.IsFree(slot, routes)))
        {
            if (ExecClaim.TryTake(folder, slot) is not { } claim)
            {
                continue;
            }

            if (await IsClearAsync(slot, cancellation))
            {
                ExecClaim.SetKernel(folder);
                return claim;
            }

            claim.Release();
        }

        throw new CommandFailedException("no network of 10.213.0.0/16 is free: another route on this machine covers them");
    }

    // What nobody holds may still be there, where its account was lost or the kernel would not let go of it: then another slot serves.
    private static async Task<bool> IsClearAsync(ExecSlot slot, CancellationToken cancellation)
    {
        if (!NetworkNamespace.Exists(slot.Namespace))
        {
            return true;
        }

        await new ExecWiring(slot, HasIPv6).RemoveAsync(cancellation);
        return !NetworkNamespace.Exists(slot.Namespace);
    }

    private async Task BuildAsync(CancellationToken cancellation)
    {
        using (await ExecClaim.EnterAsync(folder, cancellation))
        {
            // The first `ip netns add` of a machine prepares /run/netns, and two at once may trip over each other; the last run removes the folders.
            wiring.WriteFolder();
            await ExternalCommand.DemandAsync(["ip", "netns", "add", Name], null, cancellation);
        }

        await wiring.BuildAsync(cancellation);
        (ListenerPort, DnsPort) = FreePorts.Pick(GatewayAddresses);
        await new Rules(wiring.Rules(ListenerPort, DnsPort), setsKernel: false).ApplyAsync(cancellation);
        Capabilities.Demand([Interception.Redirect]);
        await wiring.OpenAsync(cancellation);
    }
}
