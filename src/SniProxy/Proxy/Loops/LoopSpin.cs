using System.Diagnostics;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// Whether a loop should look for events for a while before it sleeps. That shortens the way of those who answer at once, as a conversation's ends
/// do, and is wasted on those who take their time, as the handshakes of a dozen TLS connections do: a loop looks for as long as nearly every
/// look finds something.
/// </summary>
internal struct LoopSpin(TimeSpan time)
{
    // What came within so many looks came soon: being woken takes longer than a look.
    private const int PaysFor = 4;

    // What a look in vain costs the processor, and what one that finds something saves a client, weigh like this.
    private const int InVain = 16;

    // Short breaks in a long conversation do not end the looking.
    private const int MostCredit = 4 * InVain;

    private int credit = InVain;
    private bool wasSoon;

    /// <summary>How long a look lasts.</summary>
    public readonly long Ticks { get; } = (long)(time.TotalSeconds * Stopwatch.Frequency);

    public readonly bool Pays => wasSoon && credit > 0;

    /// <summary>A look found something.</summary>
    public void Found() => credit = Math.Min(MostCredit, credit + 1);

    /// <summary>It did not, and the loop sleeps after all.</summary>
    public void FoundNothing() => credit = Math.Max(-InVain, credit - InVain);

    /// <summary>The loop waited for so long, asleep at the end of it: what came soon could have been found.</summary>
    public void Slept(long ticks)
    {
        wasSoon = ticks < PaysFor * Ticks;
        if (wasSoon)
        {
            Found();
        }
    }
}
