using SniProxy.Core.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>
/// Name servers that know addresses of one family and say of the other that there is no such name: a resolver that asks for both would believe it of
/// the name (musl).
/// </summary>
public sealed class OneFamilyTests
{
    private const string Policy = "rules: [four.example, six.example, none.example]";

    private static IReadOnlyList<byte[]> Half(byte[] query)
    {
        var (name, type) = Wire.Asked(query);
        return (name, type) switch
        {
            ("four.example", DnsType.A) => [Wire.Respond(query, 0, [Wire.A(name, "203.0.113.10")])],
            ("six.example", DnsType.Aaaa) => [Wire.Respond(query, 0, [Wire.A(name, "2001:db8::10")])],
            _ => [Wire.Respond(query, 3, [], [Wire.Soa("example", 30)])],
        };
    }

    [Theory]
    [InlineData("four.example", DnsType.Aaaa, DnsType.A)]
    [InlineData("six.example", DnsType.A, DnsType.Aaaa)]
    public async Task SayThatThereIsNothingOfTheOtherFamily(string name, DnsType missing, DnsType present)
    {
        await using var door = new DnsDoor(Policy, Half);
        var empty = await door.AskAsync(name, missing);
        Assert.Equal((DnsRcode.NoError, 0, 30u), (empty.Rcode, empty.Answers.Count, empty.NegativeTtl));
        Assert.Single((await door.AskAsync(name, present)).Addresses);
        Assert.Equal(2, door.Upstream.Queries.Count);
    }

    [Theory]
    [InlineData("none.example", DnsType.A)]
    [InlineData("none.example", DnsType.Aaaa)]
    [InlineData("four.example", DnsType.Txt)]
    public async Task AreBelievedWhereNeitherFamilyIsThereOrAnotherTypeIsAskedFor(string name, DnsType type)
    {
        await using var door = new DnsDoor(Policy, Half);
        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync(name, type)).Rcode);
    }
}
