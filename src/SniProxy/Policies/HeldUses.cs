namespace SniProxy.Policies;

/// <summary>
/// Uses of grants that connections hold while they are dialled. They are in memory alone: a crash ends those connections before a byte has passed.
/// </summary>
internal sealed class HeldUses
{
    private readonly Dictionary<string, int> held = new(StringComparer.Ordinal);
    private readonly Lock changing = new();

    /// <summary>False where all uses that are left are held. Whoever has used one lets go of it only when the grant says so.</summary>
    /// <param name="id">The grant.</param>
    /// <param name="find">Finds it as it is now; null for one that has ended.</param>
    public bool TryHold(string id, Func<Grant?> find)
    {
        lock (changing)
        {
            var count = held.GetValueOrDefault(id);
            if (find() is not { MaxUses: { } most } grant || grant.Uses + count >= most)
            {
                return false;
            }

            held[id] = count + 1;
            return true;
        }
    }

    public void LetGo(string id)
    {
        lock (changing)
        {
            if (held.GetValueOrDefault(id) is > 1 and var count)
            {
                held[id] = count - 1;
            }
            else
            {
                held.Remove(id);
            }
        }
    }
}
