using System.Net;
using SniProxy.Core.Contract;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>A name, or the names that may be meant, and one address: what the rules are walked for. What is unknown never helps the client.</summary>
internal sealed class PlainCandidate
{
    /// <param name="flow">The connection.</param>
    /// <param name="address">Null where it is open.</param>
    /// <param name="isUnbound">Nothing ties the name to the address: only an address entry lets pass.</param>
    /// <param name="isQuestion">The name by itself: address entries let nothing pass.</param>
    public PlainCandidate(WrittenFlow flow, IPAddress? address, bool isUnbound = false, bool isQuestion = false)
    {
        (Flow, Address, IsUnbound, IsQuestion) = (flow, address, isUnbound, isQuestion);
        Unreadable = flow.Unreadable == Reason.None && flow.Name is null && flow.Protocol is Protocol.Tls or Protocol.Quic ? Reason.NoServerName : flow.Unreadable;
        Name = Unreadable == Reason.None ? flow.Name : null;
        BoundNames = Unreadable == Reason.None && flow.Name is null ? flow.BoundNames : [];
    }

    public WrittenFlow Flow { get; }

    public IPAddress? Address { get; }

    public bool IsUnbound { get; }

    public bool IsQuestion { get; }

    public Reason Unreadable { get; }

    public string? Name { get; }

    private string[] BoundNames { get; }

    private bool IsNameUnknown => Name is null && BoundNames.Length == 0;

    /// <summary>An allow or audit rule, or a grant, matches.</summary>
    public bool IsLetPassBy(WrittenRule rule) => rule.Scope.Any(IsLetPassBy) && !IsTakenOutOfPassage(rule);

    /// <summary>An allow rule opens this private address: by an entry wholly inside a private range, or a name that may lead there.</summary>
    public bool IsLiftedBy(WrittenRule rule) => rule.Decision == "allow" && Address is { } address && !IsTakenOutOfPassage(rule) && rule.Scope.Any(entry =>
        IsLetPassBy(entry) && (entry.IsPrivate || (entry.Pattern is not null && rule.ResolvesTo.Any(block => block.Contains(address)))));

    /// <summary>A deny rule matches; null where it only could, if the name were known.</summary>
    public bool? IsDeniedBy(WrittenRule rule)
    {
        bool? denied = false;
        foreach (var entry in rule.Scope.Where(entry => entry.ForbidsTraffic(Flow)))
        {
            var here = entry.Pattern is not null ? IsNameDenied(rule, entry) : entry.IsAny ? IsAddressDenied(rule, Address) : Addresses.Any(address => entry.Contains(address) && IsAddressDenied(rule, address));
            if (here == true)
            {
                return true;
            }

            denied = here is null ? null : denied;
        }

        return denied;
    }

    private bool IsLetPassBy(WrittenEntry entry)
    {
        if (!entry.PassesTraffic(Flow))
        {
            return false;
        }

        if (entry.Block is not null)
        {
            return !IsQuestion && (Unreadable == Reason.None || entry.IsTcp) && (Address is null || entry.Contains(Address));
        }

        if (IsUnbound || Unreadable != Reason.None)
        {
            return false;
        }

        // In an allow rule "any" is about destinations that have a readable name.
        return entry.IsAny ? !entry.IsAllow || (Name is not null && Flow.Evidence != Evidence.Dns)
            : Name is not null ? entry.Names(Name)
            : !Flow.CarriesNames && BoundNames.Any(entry.Names);
    }

    private bool IsTakenOutOfPassage(WrittenRule rule) => rule.Except.Any(entry => entry.ForbidsTraffic(Flow) && (
        entry.IsAny
        || (entry.Block is not null ? Addresses.Any(entry.Contains) : IsNameUnknown || (Name is not null ? entry.Names(Name) : BoundNames.Any(entry.Names)))));

    private bool? IsNameDenied(WrittenRule rule, WrittenEntry entry) =>
        Name is not null ? entry.Names(Name) && !IsTakenOutOfDenial(rule, Name, Address)
        : BoundNames.Any(name => entry.Names(name) && !IsTakenOutOfDenial(rule, name, Address)) ? true
        : IsNameUnknown && !IsTakenOutOfDenial(rule, null, Address) ? null : false;

    // What is forbidden for an IPv4 address is forbidden for the IPv6 addresses that carry it.
    private IEnumerable<IPAddress> Addresses => Address is not { } own ? [] : PlainAddresses.Inner(own) is { } inner ? [own, inner] : [own];

    // A name that nothing ties to the address takes the address out of no denial; of several names each would have to.
    private bool IsAddressDenied(WrittenRule rule, IPAddress? address) => BoundNames.Length == 0
        ? !IsTakenOutOfDenial(rule, IsUnbound ? null : Name, address)
        : BoundNames.Any(name => !IsTakenOutOfDenial(rule, name, address));

    private bool IsTakenOutOfDenial(WrittenRule rule, string? name, IPAddress? address) => rule.Except.Any(entry => entry.ForbidsTraffic(Flow) && (
        entry.IsAny || (entry.Block is not null ? address is null || entry.Contains(address) : name is not null && entry.Names(name))));
}
