using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Addresses;
using SniProxy.Core.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>The floor under all rules, as the list of ranges that it is, for one appliance that is drawn against.</summary>
internal static class PlainAddresses
{
    private const int ListenerPort = 443;

    private static readonly IPAddress Exempt = IPAddress.Parse("10.0.0.2");
    private static readonly IPAddress Own = IPAddress.Parse("203.0.113.3");
    private static readonly IPAddress Listener = IPAddress.Parse("203.0.113.2");
    private static readonly IPNetwork Sandboxes = IPNetwork.Parse("203.0.113.4/31");

    private static readonly IPNetwork[] Never = Networks(
        "0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 168.63.129.16/32 224.0.0.0/4 240.0.0.0/4 ::/128 ::1/128 fe80::/10 ff00::/8 100::/64 fd00:ec2::254/128 fd20:ce::254/128");

    private static readonly IPNetwork[] Private = Networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 192.0.0.0/24 198.18.0.0/15 fc00::/7");
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    /// <summary>The same to the appliance.</summary>
    public static Guard Guard { get; } = new()
    {
        Exempt = [Cidr.Of(Core(Exempt))],
        OwnAddresses = [Core(Own)],
        OwnListeners = [new Endpoint(Core(Listener), ListenerPort)],
        SandboxNetworks = [Cidr.Of(Core(Sandboxes.BaseAddress), Sandboxes.PrefixLength)],
    };

    public static int LengthOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;

    public static Address Core(IPAddress address)
    {
        Assert.True(Address.TryParse(address.ToString(), out var read), $"{address}");
        return read;
    }

    /// <summary>IPv4 inside IPv6 counts as that IPv4: whichever of the two is worse.</summary>
    public static GuardFinding Find(IPAddress address, int port)
    {
        var found = FindPlain(address, port);
        if (found == GuardFinding.Never || Inner(address) is not { } inner)
        {
            return found;
        }

        var behind = FindPlain(inner, port);
        return behind < found ? behind : found;
    }

    public static bool IsWhollyPrivate(IPNetwork block) => Array.Exists(Private, range => range.Contains(block.BaseAddress) && range.PrefixLength <= block.PrefixLength)
        || (Translated.Contains(block.BaseAddress) && block.PrefixLength >= 96 && Inner(block.BaseAddress) is { } inner && IsWhollyPrivate(new IPNetwork(inner, block.PrefixLength - 96)));

    private static GuardFinding FindPlain(IPAddress address, int port) =>
        port == ListenerPort && address.Equals(Listener) ? GuardFinding.Self
        : address.Equals(Exempt) ? GuardFinding.None
        : address.Equals(Own) ? GuardFinding.Self
        : Sandboxes.Contains(address) || Array.Exists(Never, range => range.Contains(address)) ? GuardFinding.Never
        : Array.Exists(Private, range => range.Contains(address)) ? GuardFinding.Private
        : GuardFinding.None;

    private static IPAddress? Inner(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return Translated.Contains(address) ? new IPAddress(bytes.AsSpan(12)) : SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4)) : null;
    }

    private static IPNetwork[] Networks(string texts) => [.. texts.Split(' ').Select(IPNetwork.Parse)];
}
