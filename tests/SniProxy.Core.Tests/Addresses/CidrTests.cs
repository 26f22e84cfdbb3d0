using SniProxy.Core.Addresses;

namespace SniProxy.Core.Tests.Addresses;

public sealed class CidrTests
{
    [Theory]
    [InlineData("10.0.0.0/8", CidrSyntax.Valid, "10.0.0.0/8")]
    [InlineData("0.0.0.0/0", CidrSyntax.Valid, "0.0.0.0/0")]
    [InlineData("203.0.113.7", CidrSyntax.Valid, "203.0.113.7")]
    [InlineData("203.0.113.7/32", CidrSyntax.Valid, "203.0.113.7")]
    [InlineData("::/0", CidrSyntax.Valid, "::/0")]
    [InlineData("2001:db8::/32", CidrSyntax.Valid, "2001:db8::/32")]
    [InlineData("2001:DB8:0:0::7", CidrSyntax.Valid, "2001:db8::7")]
    [InlineData("10.1.2.3/8", CidrSyntax.HostBits, "10.0.0.0/8")]
    [InlineData("2001:db8::1/64", CidrSyntax.HostBits, "2001:db8::/64")]
    [InlineData("::ffff:10.0.0.0/104", CidrSyntax.Mapped, "10.0.0.0/8")]
    [InlineData("::ffff:0:0/96", CidrSyntax.Mapped, "0.0.0.0/0")]
    [InlineData("10.0.0.0/33", CidrSyntax.PrefixTooLong, null)]
    [InlineData("2001:db8::/129", CidrSyntax.PrefixTooLong, null)]
    [InlineData("10.0.0.0/08", CidrSyntax.Malformed, null)]
    [InlineData("10.0.0.0/", CidrSyntax.Malformed, null)]
    [InlineData("10.0.0.0/-1", CidrSyntax.Malformed, null)]
    [InlineData("10.0.0/24", CidrSyntax.Malformed, null)]
    [InlineData("010.0.0.0/8", CidrSyntax.Malformed, null)]
    [InlineData("0x7f.0.0.1", CidrSyntax.Malformed, null)]
    [InlineData("2130706433", CidrSyntax.Malformed, null)]
    [InlineData("fe80::1%eth0", CidrSyntax.Malformed, null)]
    [InlineData("10.0.0.0/255.0.0.0", CidrSyntax.Malformed, null)]
    [InlineData("", CidrSyntax.Malformed, null)]
    public void ReadsPlainSpellingsOnlyAndKnowsTheRightOne(string text, CidrSyntax syntax, string? spelling)
    {
        Assert.Equal(syntax, Cidr.TryParse(text, out var block));
        if (spelling is not null)
        {
            Assert.Equal(spelling, block.ToString());
        }
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("0.0.0.0/0", "255.255.255.255", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "203.0.113.7", false)]
    [InlineData("::/64", "203.0.113.7", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("203.0.113.7", "::203.0.113.7", false)]
    [InlineData("255.255.255.255", "255.255.255.255", true)]
    [InlineData("2001:db8::/127", "2001:db8::1", true)]
    [InlineData("2001:db8::/127", "2001:db8::2", false)]
    public void NeverMixesFamilies(string block, string address, bool contains)
    {
        Assert.Equal(CidrSyntax.Valid, Cidr.TryParse(block, out var cidr));
        Assert.True(Address.TryParse(address, out var parsed));
        Assert.Equal(contains, cidr.Contains(parsed));
    }

    [Fact]
    public void ContainsNothingByDefault() => Assert.False(default(Cidr).Contains(default(Address)));

    [Fact]
    public void FindsWhatANaiveSearchFinds()
    {
        var random = new Random(4711);
        for (var round = 0; round < 200; round++)
        {
            var blocks = Enumerable.Range(0, random.Next(1, 40)).Select(_ => RandomBlock(random)).ToArray();
            var table = new CidrTable<int>(blocks.Select((block, index) => KeyValuePair.Create(block, index)));
            for (var probe = 0; probe < 200; probe++)
            {
                var address = random.Next(3) == 0 ? blocks[random.Next(blocks.Length)].Last : RandomAddress(random);
                var first = Array.FindIndex(blocks, block => block.Contains(address));
                Assert.Equal(first >= 0, table.TryFindFirst(address, out var value, out var position));
                Assert.Equal(first >= 0 ? first : int.MaxValue, position);
                Assert.Equal(first >= 0 ? first : 0, value);
                var longest = blocks.Where(block => block.Contains(address)).Select(block => block.PrefixLength).DefaultIfEmpty(-1).Max();
                Assert.Equal(longest >= 0, table.TryFindLongest(address, out var found));
                Assert.Equal(longest, longest < 0 ? -1 : blocks[found].PrefixLength);
            }
        }
    }

    // Few bits, so that blocks nest and meet.
    private static Address RandomAddress(Random random) => random.Next(2) == 0
        ? Address.FromIPv4((uint)random.Next(16) << 28 | (uint)random.Next(4))
        : new Address((UInt128)(uint)random.Next(16) << 124 | (uint)random.Next(4));

    private static Cidr RandomBlock(Random random)
    {
        var address = RandomAddress(random);
        int[] lengths = address.IsIPv4 ? [0, 1, 2, 4, 30, 31, 32] : [0, 1, 2, 4, 64, 126, 127, 128];
        return Cidr.Of(address, lengths[random.Next(lengths.Length)]);
    }
}
