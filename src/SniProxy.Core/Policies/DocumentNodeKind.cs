namespace SniProxy.Core.Policies;

public enum DocumentNodeKind : byte
{
    Scalar = 0,
    Sequence,
    Mapping,
}
