using System.Buffers;
using System.Runtime.CompilerServices;

namespace SniProxy.Core.Tls;

/// <summary>
/// The types of a hello's extensions, each once. Those that clients send are below 64, but for some with larger numbers, grease among them; a hello
/// full of others costs no more for each than a short one.
/// </summary>
internal struct ExtensionTypes : IDisposable
{
    // How many with larger numbers are looked through one by one.
    private const int Few = 16;

    private const int Bits = 64;
    private const int Words = (ushort.MaxValue + 1) / Bits;

    private ulong small;
    private FewTypes few;
    private int fewCount;

    // One bit for each type there can be; borrowed for hellos that no client sends.
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

        all = ArrayPool<ulong>.Shared.Rent(Words);
        Array.Clear(all);
        foreach (var earlier in few)
        {
            TryMark(ref all[earlier / Bits], earlier);
        }

        return TryMark(ref all[type / Bits], type);
    }

    public readonly void Dispose()
    {
        if (all is not null)
        {
            ArrayPool<ulong>.Shared.Return(all);
        }
    }

    private static bool TryMark(ref ulong bits, ushort type)
    {
        var bit = 1UL << (type % Bits);
        var isNew = (bits & bit) == 0;
        bits |= bit;
        return isNew;
    }

    [InlineArray(Few)]
    private struct FewTypes
    {
        private ushort first;
    }
}
