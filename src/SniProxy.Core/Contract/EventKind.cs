namespace SniProxy.Core.Contract;

public enum EventKind : byte
{
    Flow = 0,
    Request,
    Dns,
}
