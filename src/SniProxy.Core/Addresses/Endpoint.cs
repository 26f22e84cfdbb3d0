using System.Buffers.Text;
using System.Net;

namespace SniProxy.Core.Addresses;

/// <summary>An address and a port.</summary>
public readonly record struct Endpoint(Address Address, ushort Port)
{
    /// <summary>Letters of the longest one: an address in brackets, a colon and five digits.</summary>
    public const int MaxLength = Address.MaxLength + 8;

    public static Endpoint From(IPEndPoint endpoint) => new(Address.From(endpoint.Address), (ushort)endpoint.Port);

    public IPEndPoint ToIPEndPoint() => new(Address.ToIPAddress(), Port);

    /// <summary>Writes what <see cref="ToString"/> says, in ASCII.</summary>
    /// <param name="ascii">Room for <see cref="MaxLength"/>.</param>
    /// <returns>The bytes that were written.</returns>
    public int Format(Span<byte> ascii)
    {
        var length = 0;
        if (Address.IsIPv4)
        {
            length = Address.Format(ascii);
        }
        else
        {
            ascii[length++] = (byte)'[';
            length += Address.Format(ascii[length..]);
            ascii[length++] = (byte)']';
        }

        ascii[length++] = (byte)':';
        Utf8Formatter.TryFormat(Port, ascii[length..], out var digits);
        return length + digits;
    }

    public override string ToString() => Address.IsIPv4 ? $"{Address}:{Port}" : $"[{Address}]:{Port}";
}
