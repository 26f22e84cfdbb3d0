using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>
/// A destination that somebody asks about: <c>host</c>, <c>host:port</c>, <c>ip:port</c>, <c>proto://host</c>. It stands for a well-behaved client, that
/// is one which resolved the name here and whose first bytes are what its port or scheme promises.
/// </summary>
public sealed class TestDestination
{
    // For TLS to a bare address: the client has some name for it, only not one that a rule would know.
    private static readonly HostName? Unnamed = HostName.TryParse("unnamed.invalid".AsSpan(), out var name) == HostNameSyntax.Valid ? name : null;

    private TestDestination(string text) => Text = text;

    /// <summary>As it was asked.</summary>
    public string Text { get; }

    public HostName? Name { get; private init; }

    /// <summary>Unspecified where a name was given.</summary>
    public Address Address { get; private init; }

    public ushort Port { get; private init; }

    public Protocol Protocol { get; private init; }

    /// <summary>The same, where its address stands for a name.</summary>
    public TestDestination Named(HostName name) => new(Text) { Name = name, Port = Port, Protocol = Protocol };

    public static bool TryParse(string text, [NotNullWhen(true)] out TestDestination? destination, out PatternFault fault)
    {
        destination = null;
        if (!EntryReader.TryRead(text, isAllow: true, out var entry, out fault))
        {
            return false;
        }

        var isOne = entry.Kind switch
        {
            EntryKind.Name => entry.Pattern is { Kind: HostPatternKind.Exact },
            EntryKind.Address => entry.Block == Cidr.Of(entry.Block.Network),
            _ => false,
        };
        if (!isOne || entry.Ports is { } ports && !(ports.Ranges is [{ } range] && range.First == range.Last))
        {
            fault = new PatternFault($"\"{text}\" is more than one destination", "write one host and at most one port, such as api.example.com:8443");
            return false;
        }

        var port = entry.Ports is { } written ? written.Ranges[0].First : (ushort)443;
        HostName? name = null;
        if (entry.Pattern is { } pattern && HostName.TryParse(pattern.FixedPart, out name) != HostNameSyntax.Valid)
        {
            return false;
        }

        destination = new TestDestination(text)
        {
            Name = name,
            Address = entry.Kind == EntryKind.Address ? entry.Block.Network : default,
            Port = port,
            Protocol = ProtocolOf(entry, port),
        };
        return true;
    }

    /// <summary>The flows of such a client: one for each address that its name is known to lead to, or one for wherever it leads.</summary>
    /// <param name="known">Where its name leads.</param>
    /// <param name="isSynthetic">An address of a pool stands for its name, which is known of every protocol then.</param>
    internal IEnumerable<TestFlow> Flows(KnownBindings known, bool isSynthetic) =>
        Name is not { } name ? [At(Address, known)]
        : isSynthetic ? [new TestFlow { Text = Text, Protocol = Protocol, Port = Port, Name = name, IsBound = true }]
        : known.Addresses.Count == 0 ? [ByName(name, default, [name])]
        : known.Addresses.Select(address => ByName(name, address, [name, .. known.NamesOf(address).Where(other => !other.Equals(name))]));

    private TestFlow ByName(HostName name, Address address, HostName[] bound) => CarriesName
        ? new TestFlow { Text = Text, Protocol = Protocol, Port = Port, Address = address, Name = name, IsBound = true }
        : new TestFlow { Text = Text, Protocol = Protocol, Port = Port, Address = address, BoundNames = bound };

    // A client that speaks TLS to an address names somebody, only nobody that a rule would know.
    private TestFlow At(Address address, KnownBindings known) => Protocol is Protocol.Tls or Protocol.Quic
        ? new TestFlow { Text = Text, Protocol = Protocol, Port = Port, Address = address, Name = Unnamed, IsNameOpen = true }
        : new TestFlow { Text = Text, Protocol = Protocol, Port = Port, Address = address, BoundNames = CarriesName ? [] : known.NamesOf(address) };

    private bool CarriesName => Protocol is Protocol.Tls or Protocol.Http or Protocol.Quic;

    public override string ToString() => Text;

    private static Protocol ProtocolOf(PolicyEntry entry, ushort port) => entry.Scheme switch
    {
        EntryScheme.Tls => Protocol.Tls,
        EntryScheme.Http => Protocol.Http,
        EntryScheme.Ssh => Protocol.Ssh,
        EntryScheme.Postgres => Protocol.Postgres,
        EntryScheme.MySql => Protocol.MySql,
        EntryScheme.Redis => Protocol.Redis,
        EntryScheme.Quic => Protocol.Quic,
        EntryScheme.Tcp => Protocol.Other,
        _ => port switch
        {
            22 => Protocol.Ssh,
            80 => Protocol.Http,
            443 => Protocol.Tls,
            3306 => Protocol.MySql,
            5432 or 5439 => Protocol.Postgres,
            6379 => Protocol.Redis,
            _ => entry.Kind == EntryKind.Name ? Protocol.Tls : Protocol.Other,
        },
    };
}
