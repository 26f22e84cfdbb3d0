using System.Net;
using System.Net.Sockets;

namespace SniProxy.Tests.Policies.Imports;

/// <summary>One of the destinations that every foreign document is asked about; what it says of them is told by strings and the runtime's own networks.</summary>
internal sealed record ForeignDestination(string Text, string? Name, IPAddress? Address, int Port, string Protocol)
{
    private static readonly string[] Names =
    [
        "api.example.com", "a.api.example.com", "example.com", "notexample.com", "cdn.example.com", "mycdn.example.com", "a.cdn.example.com", "a.b.cdn.example.com",
        "evil.cdn.example.com", "x.evil.cdn.example.com", "github.com", "api.github.com", "objects.githubusercontent.com", "corp.example", "db.corp.example", "other.example",
    ];

    private static readonly string[] Addresses =
        ["203.0.113.7", "203.0.113.8", "203.0.113.200", "198.51.100.9", "198.51.100.77", "192.0.2.1", "10.1.2.3", "2001:db8::7", "2001:db8::8"];

    /// <summary>A hundred: each name and address on 443, 80, 8443 and 22.</summary>
    public static IReadOnlyList<ForeignDestination> All { get; } =
        [.. Names.SelectMany(name => On(name, name, null)), .. Addresses.SelectMany(text => On(Written(IPAddress.Parse(text)), null, IPAddress.Parse(text)))];

    /// <summary>80 and 443, as the web is.</summary>
    public bool IsWeb => Port is 80 or 443;

    /// <summary>Nothing in the connection names a host: TLS to an address still does.</summary>
    public bool IsNameless => Name is null && Protocol != "tls";

    public bool IsTlsToAddress => Name is null && Protocol == "tls";

    public bool Is(params string[] names) => Name is not null && names.Contains(Name, StringComparer.Ordinal);

    /// <summary>A name below this one, in whatever depth.</summary>
    public bool IsBelow(string parent) => Name is not null && Name.EndsWith("." + parent, StringComparison.Ordinal);

    /// <summary>A name with one label more.</summary>
    public bool IsChildOf(string parent) => IsBelow(parent) && Name?.Split('.').Length == parent.Split('.').Length + 1;

    public bool IsIn(params string[] networks) => Address is not null && networks.Any(network => IPNetwork.Parse(network.Contains('/') ? network : $"{network}/{(network.Contains(':') ? 128 : 32)}").Contains(Address));

    private static IEnumerable<ForeignDestination> On(string host, string? name, IPAddress? address) =>
    [
        new($"{host}:443", name, address, 443, "tls"), new($"http://{host}", name, address, 80, "http"), new($"tls://{host}:8443", name, address, 8443, "tls"),
        new($"ssh://{host}", name, address, 22, "ssh"),
    ];

    private static string Written(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
}
