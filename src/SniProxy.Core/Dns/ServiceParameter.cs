using System.Buffers.Binary;

namespace SniProxy.Core.Dns;

/// <summary>One parameter of an SVCB or HTTPS record (RFC 9460 sections 7 and 8).</summary>
/// <param name="key">From IANA's registry of service parameter keys.</param>
/// <param name="value">What the key says it is.</param>
internal readonly ref struct ServiceParameter(ushort key, ReadOnlySpan<byte> value)
{
    public const int HeadSize = 4;
    public const ushort Mandatory = 0;

    private const ushort Alpn = 1;
    private const ushort NoDefaultAlpn = 2;
    private const ushort Port = 3;
    private const ushort IPv4Hint = 4;
    private const ushort IPv6Hint = 6;

    public ushort Key { get; } = key;

    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>Bytes of an address in a hint; 0 in what is none.</summary>
    public int HintSize => Key switch
    {
        IPv4Hint => 4,
        IPv6Hint => 16,
        _ => 0,
    };

    /// <summary>Of a key that is not known here anything is; ech is between the client and the server.</summary>
    public bool IsWellFormed => Key switch
    {
        Mandatory => IsAscending(Value),
        Alpn => IsListOfNames(Value),
        NoDefaultAlpn => Value.IsEmpty,
        Port => Value.Length == 2,
        IPv4Hint or IPv6Hint => !Value.IsEmpty && Value.Length % HintSize == 0,
        _ => true,
    };

    // It never lists itself, and nothing twice.
    private static bool IsAscending(ReadOnlySpan<byte> keys)
    {
        var last = (int)Mandatory;
        for (var rest = keys; !rest.IsEmpty; rest = rest[2..])
        {
            if (rest.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(rest) <= last)
            {
                return false;
            }

            last = BinaryPrimitives.ReadUInt16BigEndian(rest);
        }

        return !keys.IsEmpty;
    }

    private static bool IsListOfNames(ReadOnlySpan<byte> list)
    {
        for (var rest = list; !rest.IsEmpty; rest = rest[(1 + rest[0])..])
        {
            if (rest[0] == 0 || rest.Length <= rest[0])
            {
                return false;
            }
        }

        return !list.IsEmpty;
    }
}
