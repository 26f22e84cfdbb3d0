using SniProxy.Core.Addresses;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Tests.Policies.Tables;

/// <summary>Blocks that are looked up are those that a walk over all of them finds.</summary>
public sealed class AddressIndexTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 40)]
    [InlineData(4, 2_000)]
    public void FindsEveryBlockAroundAnAddress(int seed, int count)
    {
        var random = new Random(seed);
        var blocks = Enumerable.Range(0, count).Select(_ => Block(random)).ToArray();
        var index = AddressIndex.Of(blocks.Select((block, position) => (block, position)));
        for (var i = 0; i < 20_000; i++)
        {
            var address = random.Next(4) switch
            {
                0 => blocks[random.Next(count)].Network,
                1 => blocks[random.Next(count)].Last,
                _ => Close(random),
            };
            AssertFound(index, blocks, address);
        }
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    [InlineData("0.0.0.0/32")]
    [InlineData("::/128")]
    [InlineData("255.255.255.255/32")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")]
    [InlineData("128.0.0.0/1")]
    [InlineData("8000::/1")]
    [InlineData("2001:db8::/64")]
    [InlineData("2001:db8::8000:0:0:0/65")]
    public void ABlockEndsWhereItEnds(string text)
    {
        Assert.Equal(CidrSyntax.Valid, Cidr.TryParse(text, out var block));
        Cidr[] blocks = [block];
        var index = AddressIndex.Of([(block, 0)]);
        foreach (var address in (string[])["0.0.0.0", "0.0.0.1", "127.255.255.255", "128.0.0.0", "255.255.255.254", "255.255.255.255", "::", "::1",
            "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8::7fff:ffff:ffff:ffff", "2001:db8::8000:0:0:0", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:1::"])
        {
            AssertFound(index, blocks, Given.Address(address));
        }
    }

    [Fact]
    public void ManyEntriesOfOneBlockAreFoundInTheirOrder()
    {
        var block = Cidr.Of(Given.Address("203.0.113.0"), 24);
        var index = AddressIndex.Of([(block, 5), (Cidr.Of(Given.Address("203.0.113.7"), 32), 1), (block, 2), (block, 9)]);
        var lookup = index.Containing(Given.Address("203.0.113.7"));
        Assert.True(lookup.MoveNext(out var found));
        Assert.Equal([1], found.ToArray());
        Assert.True(lookup.MoveNext(out found));
        Assert.Equal([2, 5, 9], found.ToArray());
        Assert.False(lookup.MoveNext(out _));
    }

    private static void AssertFound(AddressIndex index, Cidr[] blocks, Address address)
    {
        var found = new List<int>();
        for (var lookup = index.Containing(address); lookup.MoveNext(out var positions);)
        {
            found.AddRange(positions);
        }

        var expected = blocks.Index().Where(block => block.Item.Contains(address)).Select(block => block.Index);
        Assert.True(expected.SequenceEqual(found.Order()), $"{address}: {string.Join(' ', found.Select(position => blocks[position]))}");
    }

    private static Cidr Block(Random random)
    {
        var address = Close(random);
        return Cidr.Of(address, random.Next(address.IsIPv4 ? 33 : 129));
    }

    // In places that are close to each other, and at the ends of the line.
    private static Address Close(Random random) => random.Next(5) switch
    {
        0 => Address.FromIPv4((uint)random.NextInt64(1L << 32)),
        1 => Address.FromIPv4(0xcb007100 + (uint)random.Next(1 << 10)),
        2 => new Address(new UInt128((ulong)random.NextInt64() << random.Next(2), (ulong)random.NextInt64())),
        3 => new Address(new UInt128(0x20010db8_00000000 + (ulong)random.Next(4), random.Next(2) == 0 ? 0 : (ulong)random.NextInt64() << 1)),
        _ => random.Next(2) == 0 ? Address.FromIPv4(uint.MaxValue - (uint)random.Next(9)) : new Address(UInt128.MaxValue - (uint)random.Next(9)),
    };
}
