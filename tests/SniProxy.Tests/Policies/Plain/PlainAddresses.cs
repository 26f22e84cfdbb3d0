using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Addresses;
using SniProxy.Core.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>The ranges that no rule or only a rule of its own opens, and the one appliance that is drawn against.</summary>
internal static class PlainAddresses
{
    public const int ListenerPort = 443;

    public static readonly IPAddress Exempt = IPAddress.Parse("10.0.0.2");
    public static readonly IPAddress Own = IPAddress.Parse("203.0.113.3");
    public static readonly IPAddress Listener = IPAddress.Parse("203.0.113.2");
    public static readonly IPNetwork Sandboxes = IPNetwork.Parse("203.0.113.4/31");

    public static readonly IPNetwork[] Never = Networks(
        "0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 168.63.129.16/32 224.0.0.0/4 240.0.0.0/4 ::/128 ::1/128 fe80::/10 ff00::/8 100::/64 fd00:ec2::254/128 fd20:ce::254/128");

    public static readonly IPNetwork[] Private = Networks("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 192.0.0.0/24 198.18.0.0/15 fc00::/7");

    /// <summary>What names are answered with where a policy or the appliance says <c>synthetic</c>.</summary>
    public static readonly IPNetwork[] Pool = Networks("198.18.0.0/30 fd98:18::/64");

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

    public static bool IsWhollyPrivate(IPNetwork block) => Array.Exists(Private, range => range.Contains(block.BaseAddress) && range.PrefixLength <= block.PrefixLength)
        || (Translated.Contains(block.BaseAddress) && block.PrefixLength >= 96 && Inner(block.BaseAddress) is { } inner && IsWhollyPrivate(new IPNetwork(inner, block.PrefixLength - 96)));

    /// <summary>The IPv4 address that an IPv6 address carries, or null.</summary>
    public static IPAddress? Inner(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return Translated.Contains(address) ? new IPAddress(bytes.AsSpan(12)) : SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4)) : null;
    }

    private static IPNetwork[] Networks(string texts) => [.. texts.Split(' ').Select(IPNetwork.Parse)];
}
