using SniProxy.Core.Contract;
using SniProxy.Flows;
using SniProxy.Policies;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Synthetic;
using SniProxy.Resolutions.Tunnelling;
using SniProxy.Sandboxes;
using SniProxy.Storage;

namespace SniProxy.Hosting;

/// <summary>When a sandbox's life ends, its flows, bindings, names and grants end with it: whoever gets its addresses next inherits nothing.</summary>
internal sealed class LifecycleEnd
{
    private static readonly Revocation Gone = new(Reason.PolicyChanged, "closed: policy_changed: the sandbox was removed or replaced");

    private readonly SandboxRegistry sandboxes;
    private readonly FlowTable flows;
    private readonly ResolutionMap resolutions;
    private readonly SyntheticMap synthetic;
    private readonly TunnelWatch tunnels;
    private readonly GrantBook grants;
    private readonly ILogger<LifecycleEnd> logger;

    public LifecycleEnd(
        SandboxRegistry sandboxes, FlowTable flows, ResolutionMap resolutions, SyntheticMap synthetic, TunnelWatch tunnels, GrantBook grants,
        ILogger<LifecycleEnd> logger)
    {
        this.logger = logger;
        this.grants = grants;
        this.tunnels = tunnels;
        this.sandboxes = sandboxes;
        this.flows = flows;
        this.resolutions = resolutions;
        this.synthetic = synthetic;
        sandboxes.Changed += OnChanged;
    }

    private void OnChanged(Sandbox? before)
    {
        if (before is null || sandboxes.Get(before.Id)?.Lifecycle == before.Lifecycle)
        {
            return;
        }

        flows.Close(flow => flow.Sandbox.Lifecycle == before.Lifecycle, Ending.Revoked, Gone);
        resolutions.Forget(before.Lifecycle);
        synthetic.Forget(before);
        tunnels.Forget(before.Lifecycle);
        try
        {
            grants.EndFor(before.Id);
        }
        catch (StoreException failure)
        {
            // In force they are no more, and what is left in the store is for a life that does not come back.
            logger.GrantsNotForgotten(before.Id, failure);
        }
    }
}
