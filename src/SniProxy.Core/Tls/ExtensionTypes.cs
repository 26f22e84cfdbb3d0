namespace SniProxy.Core.Tls;

/// <summary>
/// The types of a hello's extensions, each once. Those that clients send are below 64, but for some with larger numbers, grease among them; a hello
/// full of others costs no more for each than a short one.
/// </summary>
/// <param name="few">Room for <see cref="Few"/> of those with larger numbers.</param>
internal ref struct ExtensionTypes(Span<ushort> few)
{
    /// <summary>How many with larger numbers are looked through one by one.</summary>
    public const int Few = 16;

    private const int Bits = 64;

    private readonly Span<ushort> few = few;
    private ulong small;
    private int fewCount;

    // One bit for each type there can be; made for hellos that no client sends.
    private ulong[]? all;

    /// <summary>False where it was there already.</summary>
    public bool TryAdd(ushort type)
    {
        if (type < Bits)
        {
            return TryMark(ref small, type);
        }

        if (all is not null)
        {
            return TryMark(ref all[type / Bits], type);
        }

        if (few[..fewCount].Contains(type))
        {
            return false;
        }

        if (fewCount < Few)
        {
            few[fewCount++] = type;
            return true;
        }

        all = new ulong[(ushort.MaxValue + 1) / Bits];
        foreach (var earlier in few)
        {
            TryMark(ref all[earlier / Bits], earlier);
        }

        return TryMark(ref all[type / Bits], type);
    }

    private static bool TryMark(ref ulong bits, ushort type)
    {
        var bit = 1UL << (type % Bits);
        var isNew = (bits & bit) == 0;
        bits |= bit;
        return isNew;
    }
}
