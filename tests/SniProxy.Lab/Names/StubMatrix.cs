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
    private const string Child = UpstreamDns.Child;
    private const string Parent = "parent.example";
    private const string HalfPrivate = UpstreamDns.HalfPrivate;

    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(50);

    /// <summary>A look-up is eight questions, and seven of them in a row take milliseconds: the limit on questions is not what is asked about here.</summary>
    private static readonly ApplianceSettings Settings = ApplianceSettings.With($"""
        version: 1
        mode: enforce
        default: deny
        rules: [{Child}, {HalfPrivate}]
        """).Set("Dns:QueriesPerSecondPerSandbox", 100_000);

    public static TheoryData<string, string, bool> StubsAndNames => new(
        from stub in Stubs.All.Keys
        from one in new[] { ("denied.example", false), ($"beside.{Parent}", false), (Parent, false), (Child, true), (HalfPrivate, true) }
        select (stub, one.Item1, one.Item2));

    public ValueTask InitializeAsync()
    {
        Furniture.LaySearchList(lab.SecondSandbox, Places.SecondGateway);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Furniture.LayResolver(lab.SecondSandbox, Places.SecondGateway);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(StubsAndNames))]
    public async Task ANameIsFoundOrNotAtOnce(string stub, string name, bool isFound)
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        var answer = await Stubs.All[stub].AskAsync(lab.SecondSandbox, appliance.Events, name);

        Assert.Equal(!isFound ? [] : stub == "go" ? ["found"] : [Places.Allowed.V4.ToString()], answer.Addresses);
        TestContext.Current.SendDiagnosticMessage($"{stub} {name}: {answer.Median.TotalMilliseconds:F1} ms");
        Assert.InRange(answer.Median, TimeSpan.Zero, Limit);
    }

    /// <summary>The counter-proof: with another kind of "no" musl stops at the first domain of the list, and the allowed name is lost.</summary>
    [Fact]
    public async Task WithEmptyDenialsMuslLosesAnAllowedName()
    {
        var appliance = await lab.ApplianceAsync(Settings.Set("Dns:BlockedAnswer", "NoData"), Door.Redirect);
        Assert.Empty((await Stubs.All["musl"].AskAsync(lab.SecondSandbox, appliance.Events, Child)).Addresses);
    }

    /// <summary>RFC 8020: what does not exist has nothing below it either.</summary>
    [Theory]
    [InlineData(Parent, 1, Question.NoError)]
    [InlineData($"beside.{Parent}", 1, Question.NameError)]
    [InlineData(HalfPrivate, 28, Question.NoError)]
    public async Task TheParentAndTheOtherFamilyAreEmptyAndDoExist(string name, ushort type, int code)
    {
        await lab.ApplianceAsync(Settings, Door.Redirect);
        var answer = await Question.AskAsync(lab.SecondSandbox, Places.SecondGateway.V4, name, tcp: false, type);

        Assert.Equal((code, 0), (Question.ResponseCodeOf(answer), answer[7]));
        Assert.Equal(1, answer[9]);
    }
}
