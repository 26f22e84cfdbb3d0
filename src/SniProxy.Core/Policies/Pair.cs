using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>One candidate: a name (or the names that may be meant) and one address, as one walk over the rules sees them.</summary>
internal readonly ref struct Pair
{
    private Pair(in FlowFacts flow, Address address, bool hasAddress, bool isUnbound, bool isQuestion)
    {
        Address = address;
        HasAddress = hasAddress;
        IsUnbound = isUnbound;
        IsQuestion = isQuestion;
        Traffic = new Traffic(flow.Transport, flow.Protocol, flow.Port);
        Evidence = flow.Evidence;
        Unreadable = flow.Unreadable != Reason.None || flow.Name is not null || flow.Protocol is not (Protocol.Tls or Protocol.Quic)
            ? flow.Unreadable
            : Reason.NoServerName;
        Name = Unreadable == Reason.None ? flow.Name : null;
        BoundNames = Unreadable == Reason.None && flow.Name is null ? flow.BoundNames : [];
    }

    public Traffic Traffic { get; }

    public Evidence Evidence { get; }

    /// <summary>The name that was read. Null where none was, also where the flow has one but its bytes are unreadable: what they ask for is unknown then.</summary>
    public HostName? Name { get; }

    /// <summary>Where no name can be read: the names our DNS gave this address for.</summary>
    public ReadOnlySpan<HostName> BoundNames { get; }

    public Address Address { get; }

    /// <summary>False where the question is whether any address at all could pass.</summary>
    public bool HasAddress { get; }

    /// <summary>Nothing ties the name to the address: only an address entry lets pass.</summary>
    public bool IsUnbound { get; }

    /// <summary>A question in DNS: address entries let nothing pass, or one of them would open the resolver to every name.</summary>
    public bool IsQuestion { get; }

    public Reason Unreadable { get; }

    public bool IsNameUnknown => Name is null && BoundNames.IsEmpty;

    public static Pair Of(in FlowFacts flow, Address address, bool isUnbound) => new(flow, address, hasAddress: true, isUnbound, isQuestion: false);

    public static Pair WithAnyAddress(in FlowFacts flow) => new(flow, default, hasAddress: false, isUnbound: false, isQuestion: false);

    public static Pair OfQuestion(in FlowFacts flow) => new(flow, default, hasAddress: false, isUnbound: false, isQuestion: true);

    /// <summary>
    /// The IPv4 addresses that the candidate's IPv6 address stands for (<see cref="EmbeddedAddresses"/>): what forbids one of them forbids it too,
    /// and what lets one of them pass says nothing about it. None where the address is open.
    /// </summary>
    public int ReadEmbedded(Span<Address> found) => HasAddress && !Address.IsIPv4 ? EmbeddedAddresses.Read(Address, found) : 0;
}
