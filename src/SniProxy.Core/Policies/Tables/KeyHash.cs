using System.Numerics;
using System.Runtime.InteropServices;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Hashes of names, label by label from the right, and of addresses. They differ from process to process, as those of strings do, so
/// that nobody can write a block list whose entries all meet in one place.
/// </summary>
internal static class KeyHash
{
    private const ulong Multiplier = 0x9e3779b97f4a7c15;

    /// <summary>The hash of nothing.</summary>
    public static ulong Seed { get; } = (ulong)(uint)"left".GetHashCode(StringComparison.Ordinal) << 32 | (uint)"right".GetHashCode(StringComparison.Ordinal);

    /// <summary>The hash of a name, from that of the labels on its right and its next label.</summary>
    public static ulong Extend(ulong hash, ReadOnlySpan<char> label)
    {
        hash = Stir(hash, (ulong)label.Length);
        while (label.Length >= 4)
        {
            hash = Stir(hash, MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(label)));
            label = label[4..];
        }

        // What is left of up to three characters; the length is in the hash already.
        var rest = 0UL;
        foreach (var letter in label)
        {
            rest = rest << 16 | letter;
        }

        return Stir(hash, rest);
    }

    public static ulong Of(UInt128 network, int level) => Stir(Stir(Stir(Seed, (ulong)(network >> 64)), (ulong)network), (ulong)level);

    public static ulong Stir(ulong hash, ulong value)
    {
        var stirred = (BitOperations.RotateLeft(hash, 29) ^ value) * Multiplier;
        return (stirred ^ (stirred >> 32)) * Multiplier;
    }
}
