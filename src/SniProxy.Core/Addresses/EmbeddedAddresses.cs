using System.Buffers.Binary;

namespace SniProxy.Core.Addresses;

/// <summary>The IPv4 addresses that an IPv6 address may stand for somewhere on its way (translators and tunnels).</summary>
public static class EmbeddedAddresses
{
    /// <summary>The most addresses one address can carry.</summary>
    public const int MaxCount = 4;

    private static readonly Cidr Compatible = Cidr.Of(new Address(UInt128.Zero), 96); // RFC 4291 section 2.5.5.1
    private static readonly Cidr Translated = Cidr.Of(new Address((UInt128)0xffff << 48), 96); // RFC 2765 section 2.1
    private static readonly Cidr WellKnown = Cidr.Of(new Address((UInt128)0x0064_ff9b << 96), 96); // RFC 6052 section 2.1
    private static readonly Cidr LocalUse = Cidr.Of(new Address(((UInt128)0x0064_ff9b << 96) | ((UInt128)1 << 80)), 48); // RFC 8215
    private static readonly Cidr SixToFour = Cidr.Of(new Address((UInt128)0x2002 << 112), 16); // RFC 3056 section 2
    private static readonly Cidr Teredo = Cidr.Of(new Address((UInt128)0x2001_0000 << 96), 32); // RFC 4380 section 4

    /// <summary>Writes the embedded addresses; <paramref name="found"/> holds <see cref="MaxCount"/>.</summary>
    /// <returns>How many there are.</returns>
    public static int Read(Address address, Span<Address> found)
    {
        var low = (uint)address.Value;
        if (address.IsIPv4)
        {
            return 0;
        }

        if (Compatible.Contains(address) || Translated.Contains(address) || WellKnown.Contains(address))
        {
            found[0] = Address.FromIPv4(low);
            return 1;
        }

        if (SixToFour.Contains(address))
        {
            found[0] = Address.FromIPv4((uint)(address.Value >> 80));
            return 1;
        }

        if (Teredo.Contains(address))
        {
            found[0] = Address.FromIPv4((uint)(address.Value >> 64)); // the server
            found[1] = Address.FromIPv4(~low); // the client, its bits inverted
            return 2;
        }

        return LocalUse.Contains(address) ? ReadLocalUse(address, found) : 0;
    }

    /// <summary>The IPv4 block behind a block of the well-known NAT64 prefix.</summary>
    internal static bool TryReadWellKnownPrefix(Cidr block, out Cidr inner)
    {
        inner = default;
        if (!WellKnown.Contains(block))
        {
            return false;
        }

        inner = Cidr.Of(Address.FromIPv4((uint)block.Network.Value), block.PrefixLength - 96);
        return true;
    }

    // Which prefix length a site chose inside 64:ff9b:1::/48 cannot be seen from an address, so all four that RFC 6052 section 2.2
    // allows are read. A reading in 0.0.0.0/8 only says that the length was another one, unless all of them say so.
    private static int ReadLocalUse(Address address, Span<Address> found)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address.Value);
        ReadOnlySpan<uint> readings =
        [
            Join(bytes[6], bytes[7], bytes[9], bytes[10]),
            Join(bytes[7], bytes[9], bytes[10], bytes[11]),
            Join(bytes[9], bytes[10], bytes[11], bytes[12]),
            Join(bytes[12], bytes[13], bytes[14], bytes[15]),
        ];
        var count = 0;
        foreach (var reading in readings)
        {
            if (reading >> 24 != 0)
            {
                found[count++] = Address.FromIPv4(reading);
            }
        }

        if (count == 0)
        {
            found[count++] = Address.FromIPv4(readings[3]);
        }

        return count;
    }

    private static uint Join(byte first, byte second, byte third, byte fourth) =>
        (uint)(first << 24 | second << 16 | third << 8 | fourth);
}
