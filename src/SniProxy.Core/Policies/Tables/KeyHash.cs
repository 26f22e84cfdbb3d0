using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Hashes of names, label by label from the right, and of addresses. They differ from process to process, as those of strings do, so
/// that nobody can write a block list whose entries all meet in one place. Their high bits are the best ones.
/// </summary>
internal static class KeyHash
{
    private const ulong Multiplier = 0x9e3779b97f4a7c15;

    /// <summary>The hash of nothing.</summary>
    public static ulong Seed { get; } = (ulong)(uint)"left".GetHashCode(StringComparison.Ordinal) << 32 | (uint)"right".GetHashCode(StringComparison.Ordinal);

    /// <summary>The hash of a name, from that of the labels on its right and its next label.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Extend(ulong hash, ReadOnlySpan<char> label)
    {
        // The last step holds up to three characters in 48 bits, and above them the length, so that no two labels are alike to it.
        var rest = (ulong)label.Length;
        while (label.Length >= 4)
        {
            hash = Stir(hash, MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(label)));
            label = label[4..];
        }

        foreach (var letter in label)
        {
            rest = rest << 16 | letter;
        }

        return Stir(hash, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Stir(ulong hash, ulong value)
    {
        var stirred = (BitOperations.RotateLeft(hash, 29) ^ value) * Multiplier;
        return stirred ^ (stirred >> 32);
    }
}
