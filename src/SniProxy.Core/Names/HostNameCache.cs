namespace SniProxy.Core.Names;

/// <summary>
/// Names that were read lately: what is asked for again and again is one object. Each name has one place, which whoever comes later takes, so
/// that it is bounded whatever is asked for; it may be shared by threads, since all they exchange are references to what never changes.
/// </summary>
public sealed class HostNameCache
{
    // A power of two. About 500 KiB when all names are of usual length.
    private const int Places = 4096;

    private readonly HostName?[] names = new HostName?[Places];

    /// <param name="canonical">A valid name in its canonical form.</param>
    internal HostName Get(ReadOnlySpan<char> canonical)
    {
        ref var place = ref names[string.GetHashCode(canonical) & (Places - 1)];
        if (Volatile.Read(ref place) is { } known && canonical.SequenceEqual(known.Value))
        {
            return known;
        }

        var name = new HostName(new string(canonical));
        Volatile.Write(ref place, name);
        return name;
    }
}
