namespace SniProxy.Storage;

/// <summary>Somebody else changed the document first.</summary>
internal sealed class StoreConflictException(string kind, string id, long expected, long actual)
    : StoreException(FormattableString.Invariant($"{kind} \"{id}\" is at revision {actual}, not {expected}: read it again and repeat the change."))
{
    public long Actual => actual;
}
