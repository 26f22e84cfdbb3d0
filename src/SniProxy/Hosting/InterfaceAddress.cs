using System.Net;
using System.Net.NetworkInformation;
using SniProxy.Core.Addresses;

namespace SniProxy.Hosting;

/// <summary>An address of this machine, and the interface that has it.</summary>
internal sealed record InterfaceAddress(string Interface, Address Address, int PrefixLength)
{
    /// <summary>The network that the interface's address lies in.</summary>
    public Cidr Network => Cidr.Of(Address, PrefixLength);

    /// <summary>All of them, as they are now. Throws where interfaces change while they are read.</summary>
    public static IReadOnlyList<InterfaceAddress> All() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().SelectMany(
            card => card.GetIPProperties().UnicastAddresses,
            (card, own) => new InterfaceAddress(card.Name, Address.From(WithoutZone(own.Address)), own.PrefixLength)),
    ];

    private static IPAddress WithoutZone(IPAddress address) => new(address.GetAddressBytes());
}
