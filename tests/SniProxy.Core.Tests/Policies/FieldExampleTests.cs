using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>The examples that such rules are explained with, in both of their forms.</summary>
public sealed class FieldExampleTests
{
    private const string Private = """["169.254.0.0/16","10.0.0.0/8","172.16.0.0/12","192.168.0.0/16"]""";

    [Fact]
    public void DeniesMetadataAndPrivateRangesExceptOneHost()
    {
        var written = Given.Policy($$"""{"default":"audit","rules":[{"deny":{{Private}},"except":["10.1.2.3:5432"]},{"allow":"tcp://10.1.2.3:5432"}]}""");
        var stored = Stored(Decision.Audit, EgressLists.ReadStored($$"""{"deny":{{Private}},"allow":["10.1.2.3:5432"]}""", Decision.Deny), EgressLists.ReadStored("""{"allow":["tcp://10.1.2.3:5432"]}""", Decision.Allow));
        foreach (var policy in new[] { written, stored })
        {
            var judge = new Judge(policy, Mode.Enforce, strict: false, new Guard());
            Assert.Equal(Reason.GuardNever, Judge(judge, Given.Http(null, "169.254.169.254")).Reason);
            Assert.Equal(Reason.GuardPrivate, Judge(judge, Given.Raw(Protocol.Postgres, "10.1.2.4", 5432)).Reason);
            Assert.Equal(Reason.GuardPrivate, Judge(judge, Given.Raw(Protocol.Postgres, "10.1.2.3", 5433)).Reason);
            Assert.Equal(Reason.GuardPrivate, Judge(judge, Given.Tls("inside.example", "192.168.7.7", bound: true)).Reason);
            Assert.Equal(Decision.Allow, Judge(judge, Given.Raw(Protocol.Postgres, "10.1.2.3", 5432)).Decision);
            Assert.Equal(Decision.Audit, Judge(judge, Given.Tls("outside.example", "203.0.113.7", bound: true)).Decision);
        }
    }

    [Fact]
    public void AllowsOnlyTwoHostsAndTheRestFallsThroughToADefaultDeny()
    {
        var written = Given.Policy("""{"rules":[{"allow":["api.github.com","pypi.org"]}]}""");
        foreach (var policy in new[] { written, Stored(Decision.Deny, EgressLists.ReadStored("""{"allow":["api.github.com","pypi.org"]}""", Decision.Allow)) })
        {
            var judge = new Judge(policy, Mode.Enforce, strict: false, new Guard());
            Assert.Equal((Decision.Allow, Reason.Rule), Told(judge, "api.github.com"));
            Assert.Equal((Decision.Allow, Reason.Rule), Told(judge, "pypi.org"));
            Assert.Equal((Decision.Deny, Reason.Default), Told(judge, "github.com"));
            Assert.Equal((Decision.Deny, Reason.Default), Told(judge, "x.pypi.org"));
        }
    }

    [Fact]
    public void ShadowSaysWhatItWouldDeny()
    {
        var judge = Given.Judge("""{"rules":["good.example"]}""", Mode.Shadow);
        var flow = Given.Tls("evil.example", "203.0.113.7", bound: true);
        var verdict = Judge(judge, flow);
        Assert.Equal((Decision.Audit, true, Reason.Default), (verdict.Decision, verdict.WouldDeny, verdict.Reason));
        Assert.StartsWith("[shadow] would deny: default", judge.Describe(flow, verdict, out _), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"allow\":[\"good.example\"]")]
    [InlineData("{\"allow\":[],\"deny\":[]}")]
    [InlineData("{\"allow\":\"good.example\",\"deny\":[\"evil.example\"]}")]
    [InlineData("{\"allow\":[null],\"deny\":[\"evil.example\"]}")]
    [InlineData("{\"allow\":[\"good.example\"],\"deny\":[\"https://evil.example/path\"]}")]
    [InlineData("{\"allow\":[\"good.example:99999\"],\"deny\":[\"evil.example\"]}")]
    [InlineData("{\"allow\":[\"good.example\"],\"allow\":[\"any\"],\"deny\":[\"evil.example\"]}")]
    [InlineData("{\"allow\":[\"good.example\"],\"deny\":[\"evil.example\"],\"more\":[]}")]
    public void OfBrokenListsAnAllowDoesNotFireAndADenyGatesEverything(string broken)
    {
        foreach (var decision in Enum.GetValues<Decision>())
        {
            Assert.Null(EgressLists.Read(broken, decision, out var faults));
            Assert.All(faults, fault => Assert.NotEqual(string.Empty, fault.Fix));
            Assert.NotEmpty(faults);
        }

        Assert.Equal((Decision.Deny, Reason.Default), ToldBy(Decision.Deny, EgressLists.ReadStored(broken, Decision.Allow)));
        Assert.Equal((Decision.Deny, Reason.Default), ToldBy(Decision.Deny, EgressLists.ReadStored(broken, Decision.Audit)));
        Assert.Equal((Decision.Deny, Reason.Rule), ToldBy(Decision.Allow, EgressLists.ReadStored(broken, Decision.Deny)));
        var denies = new Judge(Stored(Decision.Allow, EgressLists.ReadStored(broken, Decision.Deny)), Mode.Enforce, strict: false, new Guard());
        Assert.Equal(Reason.Rule, Judge(denies, Given.Raw(Protocol.Ssh, "203.0.113.7", 22)).Reason);
        Assert.True(denies.JudgeName(Given.Name("good.example")).IsDenied);
    }

    [Fact]
    public void TheListsChangeRolesWithTheVerdict()
    {
        const string Lists = """{"allow":["**.good.example"],"deny":["evil.good.example"]}""";
        Assert.Equal((Decision.Deny, Reason.Rule), ToldBy(Decision.Allow, EgressLists.ReadStored("""{"allow":["good.example"],"deny":[".good.example"]}""", Decision.Deny), "x.good.example"));
        Assert.Equal((Decision.Allow, Reason.Default), ToldBy(Decision.Allow, EgressLists.ReadStored("""{"allow":["good.example"],"deny":[".good.example"]}""", Decision.Deny)));
        Assert.Equal((Decision.Allow, Reason.Rule), ToldBy(Decision.Deny, EgressLists.ReadStored(Lists, Decision.Allow), "x.good.example"));
        Assert.Equal((Decision.Deny, Reason.Default), ToldBy(Decision.Deny, EgressLists.ReadStored(Lists, Decision.Allow), "evil.good.example"));
        Assert.Equal((Decision.Audit, Reason.Rule), ToldBy(Decision.Deny, EgressLists.ReadStored("""{"deny":["good.example"]}""", Decision.Audit)));
    }

    private static Policy Stored(Decision byDefault, params RuleDocument[] rules) =>
        PolicyCompiler.Compile(new PolicyDocument { Name = "stored", Default = byDefault, Rules = rules }, 1, Given.Now);

    private static (Decision, Reason) ToldBy(Decision byDefault, RuleDocument rule, string name = "good.example") =>
        Told(new Judge(Stored(byDefault, rule), Mode.Enforce, strict: false, new Guard()), name);

    private static (Decision, Reason) Told(Judge judge, string name)
    {
        var verdict = Judge(judge, Given.Tls(name, "203.0.113.7", bound: true));
        return (verdict.Decision, verdict.Reason);
    }

    private static Verdict Judge(Judge judge, FlowFacts flow) => judge.Begin(flow).Verdict;
}
