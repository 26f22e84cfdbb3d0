using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Synthetic;
using SniProxy.Resolutions.Tunnelling;

namespace SniProxy.Proxy;

/// <summary>What names mean to a flow: which ones our DNS gave its sandbox for an address, and where one leads by our own resolution.</summary>
internal sealed class DestinationNames(ResolutionMap resolutions, SyntheticMap synthetic, UpstreamResolver resolver, TunnelWatch tunnels)
{
    public void Bind(FlowRecord record)
    {
        if (!record.HasOriginalDestination || record.IsLiteral)
        {
            return;
        }

        // Also where the sandbox's policy forwards by now: what the address was made up for is all that it can mean.
        if (synthetic.NameOf(record.Flow.Sandbox, record.Destination.Address) is { } meant)
        {
            record.BindSynthetic(meant);
            return;
        }

        var lifecycle = record.Flow.Sandbox.Lifecycle;
        if (record.Name is { } name)
        {
            record.Bind(resolutions.IsBound(lifecycle, name, record.Destination.Address), []);
            return;
        }

        if (record.Message.IsHttp)
        {
            // A request that names an address, or nobody, is not spoken for by names it did not mention.
            return;
        }

        record.Bind(false, resolutions.AllNamesOf(lifecycle, record.Destination.Address));
    }

    /// <summary>
    /// Whether too many names under one suffix have been asked for: one that a client claims is asked upstream like one that it asks our DNS for.
    /// </summary>
    public TunnelFinding Watch(FlowRecord record, HostName name) =>
        record.Judge.SpellsOut(name) ? TunnelFinding.Exempt : tunnels.Ask(record.Flow.Sandbox.Lifecycle, name);

    /// <summary>Where a name leads by the appliance's own resolution, and over which aliases; no address where it has none or nobody knows.</summary>
    public async ValueTask<Resolution> ResolveAsync(FlowRecord record, HostName name, TunnelFinding watched)
    {
        var resolution = await resolver.ResolveAsync(name, record.Flow.Sandbox.Lifecycle, CancellationToken.None);
        TunnelWatch.Note(watched, resolution.HasLeft, resolution.Status);
        return resolution;
    }

    /// <summary>Keeps alive, while the flow uses it, what ties its name to the address: to the dialled one, or to the synthetic one that it went to.</summary>
    public IDisposable? Hold(FlowRecord record, Address dialled) => record.SyntheticName is { } meant
        ? synthetic.Hold(record.Flow.Sandbox, meant, record.Destination.Address)
        : resolutions.Hold(record.Flow.Sandbox.Lifecycle, record.Name, dialled);

    /// <summary>
    /// Whether an address that is already dialled may be spoken to under a name that shows only now: the appliance resolved it for the name
    /// of the CONNECT or of the synthetic address, or our DNS bound the two.
    /// </summary>
    public bool IsBound(FlowRecord record, HostName name, Address address) =>
        name.Equals(record.ConnectName) || name.Equals(record.SyntheticName) || resolutions.IsBound(record.Flow.Sandbox.Lifecycle, name, address);
}
