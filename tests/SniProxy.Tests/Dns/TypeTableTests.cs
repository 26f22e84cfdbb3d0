using SniProxy.Core.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>What becomes of each type, for an allowed name and for others, strict or not: a line for each.</summary>
public sealed class TypeTableTests
{
    private const string Policy = "rules: [good.example, {allow: '**.in-addr.arpa'}]";

    private const DnsType Private = (DnsType)65280;
    private const DnsType Dnskey = (DnsType)48;
    private const DnsType Mailb = (DnsType)253;

    public enum Outcome
    {
        Asked,
        Empty,
        Refused,
        Nonexistent,
        Minimal,
    }

    public static TheoryData<DnsType, Outcome, Outcome> AllowedName => new()
    {
        // type, not strict, strict
        { DnsType.A, Outcome.Asked, Outcome.Asked },
        { DnsType.Aaaa, Outcome.Asked, Outcome.Asked },
        { DnsType.Txt, Outcome.Asked, Outcome.Empty },
        { DnsType.Mx, Outcome.Asked, Outcome.Empty },
        { DnsType.Srv, Outcome.Asked, Outcome.Empty },
        { DnsType.Caa, Outcome.Asked, Outcome.Empty },
        { DnsType.Naptr, Outcome.Asked, Outcome.Empty },
        { DnsType.Soa, Outcome.Asked, Outcome.Empty },
        { DnsType.Ns, Outcome.Asked, Outcome.Empty },
        { DnsType.Ptr, Outcome.Asked, Outcome.Empty },
        { DnsType.Https, Outcome.Empty, Outcome.Empty },
        { DnsType.Svcb, Outcome.Empty, Outcome.Empty },
        { DnsType.Cname, Outcome.Empty, Outcome.Empty },
        { DnsType.Dname, Outcome.Empty, Outcome.Empty },
        { DnsType.Hinfo, Outcome.Empty, Outcome.Empty },
        { Dnskey, Outcome.Empty, Outcome.Empty },
        { Private, Outcome.Empty, Outcome.Empty },
        { DnsType.Any, Outcome.Minimal, Outcome.Refused },
        { DnsType.Null, Outcome.Refused, Outcome.Refused },
        { DnsType.Axfr, Outcome.Refused, Outcome.Refused },
        { DnsType.Ixfr, Outcome.Refused, Outcome.Refused },
        { Mailb, Outcome.Refused, Outcome.Refused },
        { DnsType.Opt, Outcome.Refused, Outcome.Refused },
        { DnsType.None, Outcome.Refused, Outcome.Refused },
    };

    [Theory]
    [MemberData(nameof(AllowedName))]
    public async Task OfAnAllowedName(DnsType type, Outcome open, Outcome strict)
    {
        Assert.Equal(open, await OutcomeAsync("good.example", type, isStrict: false));
        Assert.Equal(strict, await OutcomeAsync("good.example", type, isStrict: true));
    }

    /// <summary>A denied name does not exist, whatever is asked about it.</summary>
    [Theory]
    [MemberData(nameof(AllowedName))]
    public async Task OfADeniedName(DnsType type, Outcome open, Outcome strict)
    {
        _ = (open, strict);
        Assert.Equal(Outcome.Nonexistent, await OutcomeAsync("evil.example", type, isStrict: false));
        Assert.Equal(Outcome.Nonexistent, await OutcomeAsync("evil.example", type, isStrict: true));
    }

    /// <summary>Whose address it is: what the sandbox was told, else in strict mode nobody's.</summary>
    [Fact]
    public async Task OfAnAddressThatWasNotLearned()
    {
        Assert.Equal(Outcome.Asked, await OutcomeAsync("66.113.0.203.in-addr.arpa", DnsType.Ptr, isStrict: false));
        Assert.Equal(Outcome.Nonexistent, await OutcomeAsync("66.113.0.203.in-addr.arpa", DnsType.Ptr, isStrict: true));
    }

    private static async Task<Outcome> OutcomeAsync(string name, DnsType type, bool isStrict)
    {
        await using var door = new DnsDoor(Policy, query => [Wire.Respond(query, 0, [], [Wire.Soa("example", 30)])]) { Judge = DnsDoor.Compile(Policy, strict: isStrict) };
        var reply = await door.AskAsync(name, type);
        if (!door.Upstream.Queries.IsEmpty)
        {
            return Outcome.Asked;
        }

        Assert.Equal(reply.Rcode == DnsRcode.Refused || reply.Answers.Count > 0 ? 0 : 5u, reply.NegativeTtl);
        return (reply.Rcode, reply.Answers.Count) switch
        {
            (DnsRcode.NoError, 0) => Outcome.Empty,
            (DnsRcode.NxDomain, 0) => Outcome.Nonexistent,
            (DnsRcode.Refused, 0) => Outcome.Refused,
            (DnsRcode.NoError, 1) when reply.Answers[0].Type == DnsType.Hinfo => Outcome.Minimal,
            _ => throw new InvalidOperationException($"{reply.Rcode} with {reply.Answers.Count} answers"),
        };
    }
}
