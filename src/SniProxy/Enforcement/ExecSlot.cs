using System.Globalization;
using System.Net;

namespace SniProxy.Enforcement;

/// <summary>
/// What one run of <c>exec</c> calls its own, all of it derived from a number: names, and addresses out of 10.213.0.0/16 (a /30 each)
/// and fd5c:d013:213::/48 (a /64 each). Whoever finds a name knows the number and can clear the rest.
/// </summary>
internal sealed record ExecSlot(int Number)
{
    /// <summary>The /30 networks of a /16.</summary>
    public const int Count = 1 << 14;

    /// <summary>Where <c>ip netns</c> looks for files to mount.</summary>
    public const string FolderOfNamespaces = "/etc/netns";

    private const string NamespacePrefix = "sniproxy-exec-";

    public string Namespace => $"{NamespacePrefix}{Number}";

    /// <summary>The gateway's end of the pair; at most 13 of the 15 characters that a name may have.</summary>
    public string Interface => $"sniexec{Number}";

    public string Table => $"sniproxy_exec_{Number}";

    /// <summary>Files that <c>ip netns exec</c> mounts over those of /etc.</summary>
    public string Folder => $"{FolderOfNamespaces}/{Namespace}";

    /// <summary>Where the private appliance of the run keeps its state, beside the lock files.</summary>
    public string DataFolderName => $"{Namespace}.data";

    public IPNetwork IPv4 => new(IPv4At(0), 30);

    public IPAddress GatewayIPv4 => IPv4At(1);

    public IPAddress SandboxIPv4 => IPv4At(2);

    public IPNetwork IPv6 => new(IPv6At(0), 64);

    public IPAddress GatewayIPv6 => IPv6At(1);

    public IPAddress SandboxIPv6 => IPv6At(2);

    /// <summary>The slot that a namespace of this name belongs to.</summary>
    public static bool TryParse(string name, out ExecSlot slot)
    {
        slot = new ExecSlot(0);
        if (!name.StartsWith(NamespacePrefix, StringComparison.Ordinal)
            || !int.TryParse(name.AsSpan(NamespacePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number >= Count)
        {
            return false;
        }

        slot = new ExecSlot(number);
        return slot.Namespace == name;
    }

    private IPAddress IPv4At(int host)
    {
        var offset = Number * 4 + host;
        return new IPAddress([10, 213, (byte)(offset >> 8), (byte)offset]);
    }

    private IPAddress IPv6At(byte host) =>
        new([0xfd, 0x5c, 0xd0, 0x13, 0x02, 0x13, (byte)(Number >> 8), (byte)Number, 0, 0, 0, 0, 0, 0, 0, host]);
}
