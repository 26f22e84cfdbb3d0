using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>Takes events from every room without ever blocking one; denies are never lost.</summary>
internal sealed class EventLog
{
    public void Record(FlowEvent flowEvent) => throw new NotImplementedException();
}
