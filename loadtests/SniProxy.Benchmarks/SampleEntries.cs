using System.Globalization;
using SniProxy.Core.Addresses;

namespace SniProxy.Benchmarks;

/// <summary>
/// The entries of sample policies by their number: of twenty, twelve are names, four have wildcards, three are IPv4 blocks of every length
/// from 12 to 32 and one is an IPv6 block of 32, 48, 64 or 128.
/// </summary>
internal static class SampleEntries
{
    private const int Cycle = 20;

    private const int Hosts = 12;
    private const int Names = 16;

    /// <summary>Short blocks come first and are few, or they would cover everything.</summary>
    private const int ShortBlocks = 42;

    private static readonly int[] LengthsOfIPv6 = [48, 64, 128, 32];

    public static DestinationKind KindOf(int number) => (number % Cycle) switch
    {
        < Hosts => DestinationKind.Name,
        < Names => DestinationKind.Wildcard,
        _ => DestinationKind.Block,
    };

    public static string Text(int number) => (number % Cycle) switch
    {
        < Hosts => Host(number),
        12 => $"*.{Zone(number)}",
        13 => $"**.{Zone(number)}",
        14 => $".{Zone(number)}",
        15 => $"s3.*.{Zone(number)}",
        _ => Block(number).ToString(),
    };

    /// <summary>A name that the entry matches.</summary>
    /// <param name="number">Of an entry with a name.</param>
    /// <param name="random">What a wildcard stands for.</param>
    public static string NameFor(int number, Random random) => (number % Cycle) switch
    {
        < Hosts => Host(number),
        12 => $"{Label(random)}.{Zone(number)}",
        13 => $"{Label(random)}.{Label(random)}.{Zone(number)}",
        14 => $"{Label(random)}.{Zone(number)}",
        _ => $"s3.{Label(random)}.{Zone(number)}",
    };

    /// <summary>A name that no entry matches, made like those that are matched.</summary>
    public static string UnknownName(Random random) => $"{Label(random)}.team-{random.Next(997)}.example.com";

    /// <summary>An address that the entry matches.</summary>
    public static Address AddressFor(int number, Random random)
    {
        var block = Block(number);
        var free = (block.IsIPv4 ? 32 : 128) - block.PrefixLength;
        var part = free == 0 ? UInt128.Zero : new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()) & (UInt128.MaxValue >> (128 - free));
        return new Address(block.Network.Value | part);
    }

    /// <summary>An address that no entry matches.</summary>
    public static Address UnknownAddress(Random random) => Address.FromIPv4(0xca000000 | (uint)random.Next(1 << 24));

    private static string Host(int number) => $"host-{number}.team-{number % 997}.example.com";

    private static string Zone(int number) => $"zone-{number}.example.net";

    private static string Label(Random random) => string.Create(CultureInfo.InvariantCulture, $"x{random.Next():x}");

    private static Cidr Block(int number)
    {
        var index = number / Cycle;
        if (number % Cycle == Cycle - 1)
        {
            var length = LengthsOfIPv6[index % LengthsOfIPv6.Length];
            return Cidr.Of(new Address(new UInt128(0x2600_0000_0000_0000UL | ((ulong)index << 32), 0)), length);
        }

        // Spread over the public addresses from 20.0.0.0 to 99.255.255.255, among which none is special.
        var ordinal = (uint)((index * (Cycle - 1 - Names)) + (number % Cycle) - Names);
        var bits = 0x14000000 + (uint)(ordinal * 2654435761UL % 0x50000000);
        return Cidr.Of(Address.FromIPv4(bits), (int)(ordinal < ShortBlocks ? 12 + (ordinal % 21) : 20 + (ordinal % 13)));
    }
}
