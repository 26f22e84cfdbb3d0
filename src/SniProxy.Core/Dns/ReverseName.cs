using System.Globalization;
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Dns;

/// <summary>The names under which addresses are asked for (RFC 1035 section 3.5, RFC 3596 section 2.5).</summary>
public static class ReverseName
{
    private const string IPv4Suffix = ".in-addr.arpa";
    private const string IPv6Suffix = ".ip6.arpa";

    /// <summary>Reads the name of one whole address; names of networks are not addresses.</summary>
    public static bool TryParse(HostName name, out Address address)
    {
        address = default;
        var text = name.Value.AsSpan();
        if (text.EndsWith(IPv4Suffix, StringComparison.Ordinal))
        {
            return TryParseIPv4(text[..^IPv4Suffix.Length], out address);
        }

        return text.EndsWith(IPv6Suffix, StringComparison.Ordinal) && TryParseIPv6(text[..^IPv6Suffix.Length], out address);
    }

    private static bool TryParseIPv4(ReadOnlySpan<char> text, out Address address)
    {
        address = default;
        if (!Address.TryParse(text, out var reversed) || !reversed.IsIPv4)
        {
            return false;
        }

        address = Address.FromIPv4(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(reversed.IPv4Bits));
        return true;
    }

    // 32 single digits, the last one first.
    private static bool TryParseIPv6(ReadOnlySpan<char> text, out Address address)
    {
        address = default;
        if (text.Length != 63)
        {
            return false;
        }

        UInt128 value = 0;
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (i % 2 != 0)
            {
                if (text[i] != '.')
                {
                    return false;
                }

                continue;
            }

            if (!byte.TryParse(text.Slice(i, 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var digit))
            {
                return false;
            }

            value = value << 4 | digit;
        }

        address = new Address(value);
        return true;
    }
}
