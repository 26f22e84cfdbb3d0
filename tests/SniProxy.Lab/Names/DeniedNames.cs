using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Names;

/// <summary>The sandbox's questions: allowed names are answered, denied ones are answered here and never leave.</summary>
public sealed class DeniedNames(Lab lab)
{
    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task AllowedNameIsAnsweredWithItsAddress(Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        Assert.Equal(Places.Allowed.At(family).ToString(), await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, family));
    }

    [Theory]
    [InlineData("denied.example")]
    [InlineData("DeNiEd.ExAmPlE")]
    [InlineData("c2VjcmV0.data.denied.example")]
    [InlineData("allowed.example.denied.example")]
    [InlineData(UpstreamDns.Sneaky)]
    public async Task DeniedNameNeverLeaves(string name)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        var mark = lab.Dns.Mark;
        Assert.Null(await Clients.ResolveAsync(lab.Sandbox, name, Family.IPv4));
        Assert.Null(await Clients.ResolveAsync(lab.Sandbox, name, Family.IPv6));
        Assert.False(lab.Dns.WasAsked(name, mark));
    }

    /// <summary>Over UDP and TCP, to the gateway or to any other server: the answer comes from the appliance, and at once.</summary>
    [Theory]
    [InlineData("203.0.113.53", false)]
    [InlineData("203.0.113.53", true)]
    [InlineData("2001:db8::53", false)]
    [InlineData("2001:db8::53", true)]
    [InlineData("203.0.113.66", false)]
    [InlineData("2001:db8::66", true)]
    [InlineData("10.77.0.1", true)]
    [InlineData("fd77::1", false)]
    public async Task QuestionToAnyServerIsAnsweredHere(string server, bool tcp)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        var before = await lab.TrafficAsync(Places.Evil);
        var mark = lab.Dns.Mark;
        var address = System.Net.IPAddress.Parse(server);
        var denied = await Question.AskAsync(lab.Sandbox, address, "denied.example", tcp);
        Assert.Equal(Question.NameError, Question.ResponseCodeOf(denied));
        var allowed = await Question.AskAsync(lab.Sandbox, address, "allowed.example", tcp);
        Assert.Equal(Question.NoError, Question.ResponseCodeOf(allowed));
        Assert.True(allowed.AsSpan().IndexOf(Places.Allowed.V4.GetAddressBytes()) > 0, Convert.ToHexString(allowed));
        Assert.False(lab.Dns.WasAsked("denied.example", mark));
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - before);
    }

    [Fact]
    public async Task DnsEventTellsQuestionAndReason()
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        var mark = appliance.Events.Mark;
        await Clients.ResolveAsync(lab.Sandbox, "why.denied.example", Family.IPv4);
        var told = await appliance.Events.FirstAsync(mark, e => e.Is("kind", "dns") && e.Is("qname", "why.denied.example"));
        Assert.True(told.Is("verdict", "deny") && told.Is("reason", "name_not_allowed") && told.Is("qtype", "A"), told.ToString());
    }
}
