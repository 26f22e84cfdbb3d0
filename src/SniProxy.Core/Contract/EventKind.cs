namespace SniProxy.Core.Contract;

public enum EventKind : byte
{
    Flow = 0,
    Request,
    Dns,

    /// <summary>No decision, but a change of what decides.</summary>
    Change,
}
