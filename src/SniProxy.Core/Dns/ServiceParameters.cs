using System.Buffers.Binary;
using SniProxy.Core.Addresses;

namespace SniProxy.Core.Dns;

/// <summary>
/// Walks the parameters of an SVCB or HTTPS record (RFC 9460 section 2.2) and ends at what is none.
/// <code>
/// key 2, length 2, value; by ascending key
/// </code>
/// </summary>
internal ref struct ServiceParameters(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> rest = data;

    public ServiceParameter Current { get; private set; }

    /// <summary>All of the data has been walked over.</summary>
    public readonly bool IsAtEnd => rest.IsEmpty;

    /// <summary>Whether all of the data is parameters, each in its order and form, with those there that the record calls mandatory.</summary>
    /// <param name="data">Everything behind the target.</param>
    /// <param name="hints">Takes the addresses.</param>
    public static bool TryCheck(ReadOnlySpan<byte> data, List<Address> hints)
    {
        var parameters = new ServiceParameters(data);
        ReadOnlySpan<byte> mandatory = default;
        for (var last = -1; parameters.MoveNext(); last = parameters.Current.Key)
        {
            var current = parameters.Current;
            if (current.Key <= last || !current.IsWellFormed)
            {
                return false;
            }

            mandatory = current.Key == ServiceParameter.Mandatory ? current.Value : mandatory;
            for (var value = current.Value; current.HintSize > 0 && !value.IsEmpty; value = value[current.HintSize..])
            {
                hints.Add(Address.FromBytes(value[..current.HintSize]));
            }
        }

        return parameters.IsAtEnd && AreAllPresent(mandatory, data);
    }

    public readonly ServiceParameters GetEnumerator() => this;

    public bool MoveNext()
    {
        if (rest.Length < ServiceParameter.HeadSize)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (rest.Length - ServiceParameter.HeadSize < length)
        {
            return false;
        }

        Current = new ServiceParameter(BinaryPrimitives.ReadUInt16BigEndian(rest), rest.Slice(ServiceParameter.HeadSize, length));
        rest = rest[(ServiceParameter.HeadSize + length)..];
        return true;
    }

    private static bool AreAllPresent(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> data)
    {
        for (; !keys.IsEmpty; keys = keys[2..])
        {
            if (!Contains(data, BinaryPrimitives.ReadUInt16BigEndian(keys)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Contains(ReadOnlySpan<byte> data, ushort key)
    {
        foreach (var parameter in new ServiceParameters(data))
        {
            if (parameter.Key == key)
            {
                return true;
            }
        }

        return false;
    }
}
