namespace SniProxy.Events;

/// <summary>What the queue did with an event.</summary>
internal enum Admission : byte
{
    /// <summary>Not kept; only events that were let through meet this.</summary>
    Dropped = 0,

    /// <summary>A denial that became part of a counted record.</summary>
    Folded,

    Queued,
}
