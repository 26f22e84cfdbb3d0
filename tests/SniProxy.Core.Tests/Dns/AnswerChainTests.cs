using SniProxy.Core.Dns;
using static SniProxy.Core.Tests.Dns.Messages;

namespace SniProxy.Core.Tests.Dns;

public sealed class AnswerChainTests
{
    private static readonly byte[] Four = [192, 0, 2, 1];

    [Fact]
    public void FollowsAliasesInWhateverOrderTheyCome()
    {
        var chain = Follow(
            Parsed("c.example", DnsType.A, Four),
            Parsed("B.example", DnsType.Cname, Name("c.example")),
            Parsed("a.example", DnsType.Cname, Name("b.EXAMPLE")));

        Assert.Equal(["b.example", "c.example"], chain.Hops.Select(hop => hop.Value));
        Assert.Equal([DnsType.Cname, DnsType.Cname, DnsType.A], chain.Records.Select(record => record.Type));
    }

    [Fact]
    public void DropsAddressesThatNoAliasLeadsTo()
    {
        var chain = Follow(
            Parsed("a.example", DnsType.A, Four),
            Parsed("victim.example", DnsType.A, [203, 0, 113, 66]),
            Parsed("a.example", DnsType.Aaaa, new byte[16]));

        var record = Assert.Single(chain.Records);
        Assert.Equal(Four, record.Content.ToArray());
    }

    [Fact]
    public void IsEmptyWhereNothingIsAboutTheQuestion() =>
        Assert.Empty(Follow(Parsed("other.example", DnsType.Cname, Name("a.example")), Parsed("other.example", DnsType.A, Four)).Records);

    [Fact]
    public void KeepsTheAliasesOfANameWithoutAddresses() =>
        Assert.Equal("b.example", Assert.Single(Follow(Parsed("a.example", DnsType.Cname, Name("b.example"))).Hops).Value);

    [Fact]
    public void BreaksOnLoops()
    {
        AssertBroken(Parsed("a.example", DnsType.Cname, Name("A.example")));
        AssertBroken(Parsed("a.example", DnsType.Cname, Name("b.example")), Parsed("b.example", DnsType.Cname, Name("a.example")));
    }

    [Fact]
    public void FollowsEightAliasesAndNoMore()
    {
        DnsRecord[] Aliases(int count) => [.. Enumerable.Range(0, count)
            .Select(i => Parsed(i == 0 ? "a.example" : $"h{i}.example", DnsType.Cname, Name($"h{i + 1}.example")))];

        Assert.Equal(8, Follow(Aliases(8)).Hops.Count);
        AssertBroken(Aliases(9));
        AssertBroken(Aliases(100));
    }

    [Fact]
    public void BreaksWhereTwoAliasesContradictEachOther()
    {
        AssertBroken(Parsed("a.example", DnsType.Cname, Name("b.example")), Parsed("a.example", DnsType.Cname, Name("c.example")));
        Assert.Single(Follow(Parsed("a.example", DnsType.Cname, Name("b.example")), Parsed("a.example", DnsType.Cname, Name("b.example"))).Hops);
    }

    [Fact]
    public void BreaksWhereAnAliasIsNoHostName() => AssertBroken(Parsed("a.example", DnsType.Cname, Name("b c.example")));

    [Fact]
    public void MakesTheAliasThatADnameImplies()
    {
        var chain = Follow(Parsed("example", DnsType.Dname, Name("other.test"), ttl: 17), Parsed("a.other.test", DnsType.A, Four));

        Assert.Equal("a.other.test", Assert.Single(chain.Hops).Value);
        Assert.Equal([DnsType.Dname, DnsType.Cname, DnsType.A], chain.Records.Select(record => record.Type));
        Assert.Equal(17u, chain.Records[1].Ttl);
    }

    [Fact]
    public void BreaksWhereAnAliasContradictsItsDname()
    {
        AssertBroken(Parsed("example", DnsType.Dname, Name("other.test")), Parsed("a.example", DnsType.Cname, Name("a.evil.test")));
        Assert.Single(Follow(Parsed("example", DnsType.Dname, Name("other.test")), Parsed("a.example", DnsType.Cname, Name("a.other.test"))).Hops);
    }

    // With its length bytes 255 and 256 bytes.
    [Theory]
    [InlineData(54, false)]
    [InlineData(55, true)]
    public void BreaksWhereTheNameThatADnameImpliesIsTooLong(int last, bool isBroken)
    {
        var target = string.Join('.', new string('b', 63), new string('c', 63), new string('d', 63), new string('e', last), "test");
        var redirection = Parsed("example", DnsType.Dname, Name(target));

        Assert.Equal(isBroken ? ChainStatus.Broken : ChainStatus.Complete, AnswerChain.Follow(Host("a.example"), DnsType.A, [redirection], out _));
    }

    [Fact]
    public void LetsADnameSayNothingAboutItsOwner() =>
        Assert.Empty(Follow(Parsed("a.example", DnsType.Dname, Name("other.test"))).Hops);

    private static AnswerChain Follow(params DnsRecord[] answers)
    {
        Assert.Equal(ChainStatus.Complete, AnswerChain.Follow(Host("a.example"), DnsType.A, answers, out var chain));
        Assert.NotNull(chain);
        return chain;
    }

    private static void AssertBroken(params DnsRecord[] answers) =>
        Assert.Equal(ChainStatus.Broken, AnswerChain.Follow(Host("a.example"), DnsType.A, answers, out _));
}
