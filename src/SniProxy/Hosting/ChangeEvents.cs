using SniProxy.Core.Contract;
using SniProxy.Events;
using SniProxy.Storage;

namespace SniProxy.Hosting;

/// <summary>Tells every change of what decides as an event, in the same chain as the decisions that carry its revision.</summary>
internal sealed class ChangeEvents : IDisposable
{
    private readonly Revisions revisions;
    private readonly EventLog events;
    private readonly EventIds ids;

    public ChangeEvents(Revisions revisions, EventLog events, EventIds ids)
    {
        this.revisions = revisions;
        this.events = events;
        this.ids = ids;
        revisions.Changed += Tell;
    }

    public void Dispose() => revisions.Changed -= Tell;

    private void Tell(ApplianceChange change) => events.Record(new FlowEvent
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
