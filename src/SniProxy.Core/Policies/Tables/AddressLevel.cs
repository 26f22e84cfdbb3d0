namespace SniProxy.Core.Policies.Tables;

/// <summary>The blocks of one prefix length.</summary>
/// <param name="length">In 128 bits.</param>
internal readonly struct AddressLevel(int length)
{
    private readonly ulong seed = KeyHash.Stir(KeyHash.Seed, (ulong)length);
    private readonly ulong highMask = length >= 64 ? ulong.MaxValue : ~(ulong.MaxValue >> length);
    private readonly ulong lowMask = length <= 64 ? 0 : ulong.MaxValue << (128 - length);

    /// <summary>The hash of the block of this length that holds the address.</summary>
    /// <param name="high">The upper half of the address.</param>
    /// <param name="low">The lower half.</param>
    public ulong HashOf(ulong high, ulong low) => KeyHash.Stir(KeyHash.Stir(seed, high & highMask), low & lowMask);
}
