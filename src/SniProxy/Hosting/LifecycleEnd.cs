using SniProxy.Core.Contract;
using SniProxy.Flows;
using SniProxy.Resolutions;
using SniProxy.Sandboxes;

namespace SniProxy.Hosting;

/// <summary>When a sandbox's life ends, its flows and bindings end with it: whoever gets its addresses next inherits nothing.</summary>
internal sealed class LifecycleEnd
{
    private readonly SandboxRegistry sandboxes;
    private readonly FlowTable flows;
    private readonly ResolutionMap resolutions;

    public LifecycleEnd(SandboxRegistry sandboxes, FlowTable flows, ResolutionMap resolutions)
    {
        this.sandboxes = sandboxes;
        this.flows = flows;
        this.resolutions = resolutions;
        sandboxes.Changed += OnChanged;
    }

    private void OnChanged(Sandbox? before)
    {
        if (before is null || sandboxes.Get(before.Id)?.Lifecycle == before.Lifecycle)
        {
            return;
        }

        flows.Close(flow => flow.Sandbox.Lifecycle == before.Lifecycle, Ending.Revoked);
        resolutions.Forget(before.Lifecycle);
    }
}
