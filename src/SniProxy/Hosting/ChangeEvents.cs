using SniProxy.Core.Contract;
using SniProxy.Events;
using SniProxy.Storage;

namespace SniProxy.Hosting;

/// <summary>Records every change of what decides; decisions carry the revision of the latest.</summary>
internal sealed class ChangeEvents : IDisposable
{
    private readonly Revisions revisions;
    private readonly ChangeLog log;
    private readonly EventIds ids;

    public ChangeEvents(Revisions revisions, ChangeLog log, EventIds ids)
    {
        this.revisions = revisions;
        this.log = log;
        this.ids = ids;
        revisions.Changed += Tell;
    }

    public void Dispose() => revisions.Changed -= Tell;

    private void Tell(ApplianceChange change) => log.Record(new FlowEvent
    {
        Id = ids.Next(),
        Time = change.Time,
        Kind = EventKind.Change,
        Verdict = Decision.Allow,
        Revision = change.Revision,
        Actor = change.Actor,
        Message = change.Words,
        Sandbox = change.Sandbox,
        Policy = change.Policy,
        Grant = change.Grant,
    });
}
