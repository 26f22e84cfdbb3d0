using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Benchmarks;

/// <summary>Policies of as many entries as wanted, and what is asked of them.</summary>
internal static class SamplePolicy
{
    private static readonly DestinationKind[] Kinds = [DestinationKind.Name, DestinationKind.Wildcard, DestinationKind.Block, DestinationKind.Nothing];

    /// <summary>The floor that an appliance has: its own addresses and listeners, and the networks of its sandboxes.</summary>
    public static Guard Guard { get; } = new()
    {
        OwnAddresses = [Address.FromIPv4(0x0a4d0001), Address.FromIPv4(0xcb007101)],
        OwnListeners = [new Endpoint(Address.FromIPv4(0x0a4d0001), 8443), new Endpoint(Address.FromIPv4(0x0a4d0001), 1053)],
        SandboxNetworks = [Cidr.Of(Address.FromIPv4(0x0a4d0000), 24)],
    };

    /// <summary>The time at which nothing of them has expired.</summary>
    public static DateTimeOffset Now { get; } = DateTimeOffset.UnixEpoch;

    /// <param name="entries">How many.</param>
    /// <param name="entriesOfARule">How many of them stand in one rule. One rule in seven denies.</param>
    public static PolicyDocument Document(int entries, int entriesOfARule) => new()
    {
        Name = "sample",
        Rules = [.. Enumerable.Range(0, entries).Chunk(entriesOfARule).Select((numbers, index) => Rule(numbers, index % 7 == 6 ? Decision.Deny : Decision.Allow))],
    };

    /// <summary>
    /// Destinations in no order, out of all entries of a policy. Their names lie in memory in the order of asking, as those of a
    /// client that has just been read do: near the processor. Of the policy only chance is.
    /// </summary>
    public static Destination[] Destinations(DestinationKind kind, int entries, int count)
    {
        var random = new Random(20270103);
        var destinations = new Destination[count];
        for (var i = 0; i < count; i++)
        {
            destinations[i] = Draw(kind == DestinationKind.Mixed ? Kinds[random.Next(Kinds.Length)] : kind, entries, random);
        }

        return destinations;
    }

    private static Destination Draw(DestinationKind kind, int entries, Random random)
    {
        var number = random.Next(entries);
        while (kind != DestinationKind.Nothing && SampleEntries.KindOf(number) != kind)
        {
            number = random.Next(entries);
        }

        var name = kind is DestinationKind.Name or DestinationKind.Wildcard ? SampleEntries.NameFor(number, random) : SampleEntries.UnknownName(random);
        var address = kind == DestinationKind.Block ? SampleEntries.AddressFor(number, random) : SampleEntries.UnknownAddress(random);
        return HostName.TryParse(name, out var parsed) == HostNameSyntax.Valid && parsed is not null
            ? new Destination(parsed, address)
            : throw new InvalidOperationException($"{name} is no name");
    }

    private static RuleDocument Rule(int[] numbers, Decision decision) => new()
    {
        Decision = decision,
        Scope = [.. numbers.Select(number => Entry(SampleEntries.Text(number), decision == Decision.Allow))],
    };

    private static PolicyEntry Entry(string text, bool isAllow) =>
        EntryReader.TryRead(text, isAllow, out var entry, out var fault) ? entry : throw new InvalidOperationException($"{text}: {fault.Message}");
}
