using System.Buffers.Binary;
using System.Runtime.InteropServices;
using SniProxy.Core.Addresses;

namespace SniProxy.Proxy.Loops;

/// <summary>Endpoints as the kernel writes them: struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)).</summary>
internal static class SocketName
{
    private const int IPv4Bytes = 16;

    /// <summary>Where a socket is bound; the default where the kernel does not say.</summary>
    public static Endpoint LocalOf(int descriptor)
    {
        Span<byte> name = stackalloc byte[Kernel.SocketAddressBytes];
        return Kernel.LocalName(descriptor, name) >= 0 ? Read(name) : default;
    }

    public static Endpoint Read(ReadOnlySpan<byte> name)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(name[2..4]);
        return MemoryMarshal.Read<ushort>(name) == Kernel.FamilyIPv6
            ? new Endpoint(Address.FromBytes(name[8..24]), port)
            : new Endpoint(Address.FromBytes(name[4..8]), port);
    }

    /// <summary>Writes into <see cref="Kernel.SocketAddressBytes"/> zeroed bytes and returns how many of them count.</summary>
    public static int Write(Endpoint endpoint, Span<byte> name)
    {
        var address = endpoint.Address;
        MemoryMarshal.Write(name, (ushort)(address.IsIPv4 ? Kernel.FamilyIPv4 : Kernel.FamilyIPv6));
        BinaryPrimitives.WriteUInt16BigEndian(name[2..4], endpoint.Port);
        if (address.IsIPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(name[4..8], address.IPv4Bits);
            return IPv4Bytes;
        }

        BinaryPrimitives.WriteUInt128BigEndian(name[8..24], address.Value);
        return Kernel.SocketAddressBytes;
    }
}
