using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Names;

/// <summary>
/// What resolver libraries make of our answers where ndots is 5 and the search list has three domains: a wrong kind of "no" costs them seconds, or an
/// allowed name.
/// </summary>
public sealed class StubMatrix(Lab lab) : IAsyncLifetime
{
    /// <summary>An allowed name below a denied one and beside others.</summary>
    private const string Child = $"api.{UpstreamDns.Wild}";

    /// <summary>Its address of one family is private and is taken out of the answer.</summary>
    private const string HalfPrivate = "half.example";

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(50);

    private static readonly ApplianceSettings Settings = ApplianceSettings.With($"""
        version: 1
        mode: enforce
        default: deny
        rules: [{Child}, {HalfPrivate}]
        """);

    public static TheoryData<string, string, bool> StubsAndNames => new(
        from stub in Stubs.All.Keys
        from one in new[] { ("denied.example", false), ($"beside.{UpstreamDns.Wild}", false), (UpstreamDns.Wild, false), (Child, true), (HalfPrivate, true) }
        select (stub, one.Item1, one.Item2));

    public async ValueTask InitializeAsync()
    {
        await lab.Dns.SetAsync(HalfPrivate, Places.Allowed.V4.ToString(), Places.Private.V6.ToString());
        Furniture.LaySearchList(lab.SecondSandbox, Places.SecondGateway);
    }

    public async ValueTask DisposeAsync()
    {
        Furniture.LayResolver(lab.SecondSandbox, Places.SecondGateway);
        await lab.Dns.SetAsync(HalfPrivate);
    }

    [Theory]
    [MemberData(nameof(StubsAndNames))]
    public async Task ANameIsFoundOrNotAtOnce(string stub, string name, bool isFound)
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        var answer = await Stubs.All[stub].AskAsync(lab.SecondSandbox, appliance.Events, name);

        Assert.Equal(!isFound ? [] : stub == "go" ? ["found"] : [Places.Allowed.V4.ToString()], answer.Addresses);
        Assert.InRange(answer.Median, TimeSpan.Zero, Limit);
    }

    /// <summary>RFC 8020: what does not exist has nothing below it either.</summary>
    [Theory]
    [InlineData(UpstreamDns.Wild, 1, Question.NoError)]
    [InlineData($"beside.{UpstreamDns.Wild}", 1, Question.NameError)]
    [InlineData(HalfPrivate, 28, Question.NoError)]
    public async Task TheParentAndTheOtherFamilyAreEmptyAndDoExist(string name, ushort type, int code)
    {
        await lab.ApplianceAsync(Settings, Door.Redirect);
        var answer = await Question.AskAsync(lab.SecondSandbox, Places.SecondGateway.V4, name, tcp: false, type);

        Assert.Equal((code, 0), (Question.ResponseCodeOf(answer), answer[7]));
        Assert.Equal(1, answer[9]);
    }
}
