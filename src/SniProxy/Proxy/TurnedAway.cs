using SniProxy.Core.Contract;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Proxy;

/// <summary>
/// Connections over the limit on all flows. A listener resets them before anything is spent on them; nothing of them is read, but whose they
/// are and that they were denied is told.
/// </summary>
internal sealed class TurnedAway(SandboxRegistry sandboxes, PolicyBook policies, FlowReporter reporter)
{
    /// <param name="listener">Where it came in.</param>
    /// <param name="client">Where from.</param>
    /// <param name="ingress">Asks the kernel for the interface; only where somebody is known by one.</param>
    public void Tell(ListenerOptions listener, Endpoint client, Func<string?> ingress)
    {
        var sandbox = sandboxes.Find(client.Address, sandboxes.UsesInterfaces ? ingress() : null);
        reporter.ReportTurnedAway(listener, client, sandbox, policies.JudgeFor(sandbox));
    }
}
