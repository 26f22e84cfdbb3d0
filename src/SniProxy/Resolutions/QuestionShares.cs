namespace SniProxy.Resolutions;

/// <summary>
/// Who may have one more question under way. What nobody uses is there for whoever asks, yet nobody takes more than a third of what is left
/// free: alone that is a quarter of all, the next one still has a quarter of the rest, and what is given back goes to whoever has least.
/// </summary>
internal sealed class QuestionShares(int max)
{
    /// <summary>One part for who asks, three for those who may come.</summary>
    private const int PartsLeftFree = 3;

    private readonly Lock gate = new();
    private readonly Dictionary<long, int> held = [];
    private int total;

    /// <summary>Takes a place; every true is followed by one <see cref="GiveBack"/>.</summary>
    public bool TryTake(long asker)
    {
        lock (gate)
        {
            var own = held.GetValueOrDefault(asker);
            if (own * PartsLeftFree >= max - total)
            {
                return false;
            }

            held[asker] = own + 1;
            total++;
            return true;
        }
    }

    public void GiveBack(long asker)
    {
        lock (gate)
        {
            total--;
            if (--held[asker] == 0)
            {
                held.Remove(asker);
            }
        }
    }
}
