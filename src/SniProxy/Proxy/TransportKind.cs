namespace SniProxy.Proxy;

/// <summary>What carries connections.</summary>
internal enum TransportKind : byte
{
    /// <summary>Kestrel's sockets: portable, and the measure of correctness.</summary>
    Sockets = 0,

    /// <summary>Event loops of our own, for Linux: the same lives at less than half the cost.</summary>
    Loops,
}
