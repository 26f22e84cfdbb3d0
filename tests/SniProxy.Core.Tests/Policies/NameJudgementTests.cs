using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>What DNS asks of a policy.</summary>
public sealed class NameJudgementTests
{
    [Theory]
    [InlineData("""{}""", Reason.NameNotAllowed, Decision.Deny)]
    [InlineData("""{"default":"allow"}""", Reason.Default, Decision.Allow)]
    [InlineData("""{"default":"audit"}""", Reason.Default, Decision.Audit)]
    [InlineData("""{"rules":["x.example"]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":["ssh://x.example"]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":["quic://x.example"]}""", Reason.NameNotAllowed, Decision.Deny)]
    [InlineData("""{"quic":"sni","rules":["quic://x.example"]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":["any"]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":["203.0.113.0/24","0.0.0.0/0:*"]}""", Reason.NameNotAllowed, Decision.Deny)]
    [InlineData("""{"rules":[{"allow":".example","except":"x.example"}]}""", Reason.NameNotAllowed, Decision.Deny)]
    [InlineData("""{"rules":[{"allow":".example","except":"x.example:443"}]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":[{"allow":"x.example:443","except":"x.example:443"}]}""", Reason.NameNotAllowed, Decision.Deny)]
    [InlineData("""{"rules":[{"allow":"x.example","except":"203.0.113.0/24"}]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":[{"deny":"x.example"},"x.example"]}""", Reason.Rule, Decision.Deny)]
    [InlineData("""{"rules":["x.example",{"deny":"x.example"}]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":[{"deny":"x.example:443"},"x.example"]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":[{"deny":"x.example:80,443"},"x.example"]}""", Reason.Rule, Decision.Deny)]
    [InlineData("""{"rules":[{"deny":"https://x.example"},"https://x.example"]}""", Reason.Rule, Decision.Deny)]
    [InlineData("""{"rules":[{"deny":"https://x.example:8443"},"x.example:8443"]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"default":"allow","rules":[{"deny":"x.example:443"}]}""", Reason.Default, Decision.Allow)]
    [InlineData("""{"default":"allow","rules":[{"deny":"x.example:1-1000"},{"deny":"x.example:1001-65535"}]}""", Reason.Rule, Decision.Deny)]
    [InlineData("""{"default":"allow","rules":[{"deny":"x.example:1-1000"},{"deny":"x.example:1002-65535"}]}""", Reason.Default, Decision.Allow)]
    [InlineData("""{"rules":[{"deny":"any"},"x.example"]}""", Reason.Rule, Decision.Deny)]
    [InlineData("""{"rules":[{"deny":"any","except":"x.example"},"x.example"]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":[{"deny":"x.example","except":"203.0.113.7"},"x.example"]}""", Reason.Rule, Decision.Allow)]
    [InlineData("""{"rules":[{"audit":"**.example"}]}""", Reason.Rule, Decision.Audit)]
    public void AnswersUnlessEveryPortAndSchemeWouldBeDenied(string policy, Reason reason, Decision decision)
    {
        var verdict = Given.Judge(policy).JudgeName(Given.Name("x.example"));
        Assert.Equal((reason, decision), (verdict.Reason, verdict.Decision));
    }

    [Theory]
    [InlineData("""{"rules":["api.github.com"]}""", "github.com", true)]
    [InlineData("""{"rules":["api.github.com"]}""", "com", true)]
    [InlineData("""{"rules":["api.github.com"]}""", "api.github.com", false)]
    [InlineData("""{"rules":["**.x.example"]}""", "x.example", true)]
    [InlineData("""{"rules":[{"deny":"api.github.com"}]}""", "github.com", false)]
    [InlineData("""{"rules":["any"]}""", "github.com", false)]
    [InlineData("""{"default":"allow"}""", "github.com", false)]
    public void KnowsWhenSomethingBelowADeniedNameIsAllowed(string policy, string name, bool below) =>
        Assert.Equal(below, Given.Judge(policy).MayAllowBelow(Given.Name(name)));

    [Theory]
    [InlineData("""{"rules":[{"deny":"cdn.evil.example"},"good.example"]}""", true)]
    [InlineData("""{"rules":[{"deny":"**.evil.example"},"any"]}""", true)]
    [InlineData("""{"rules":["any",{"deny":"**.evil.example"}]}""", false)]
    [InlineData("""{"rules":["cdn.evil.example",{"deny":"**.evil.example"}]}""", false)]
    [InlineData("""{"rules":[{"deny":"cdn.evil.example:443"}]}""", false)]
    [InlineData("""{"rules":[{"deny":"any"}]}""", false)]
    [InlineData("""{"rules":["good.example"]}""", false)]
    public void AnAliasIsDeniedOnlyWhereADenyRuleNamesIt(string policy, bool denied) =>
        Assert.Equal(denied, Given.Judge(policy).DeniesByRule(Given.Name("cdn.evil.example")));

    [Theory]
    [InlineData("localhost", false)]
    [InlineData("metadata", false)]
    [InlineData("a.metadata", true)]
    public void WildcardsNeverMatchANameOfOneLabel(string name, bool passes) =>
        Assert.Equal(passes, !Given.Judge("""{"rules":[".localhost",".metadata","*.metadata"]}""").JudgeName(Given.Name(name)).IsDenied);

    [Theory]
    [InlineData("""{"rules":["x.example"]}""", true)]
    [InlineData("""{"rules":["ssh://x.example"]}""", true)]
    [InlineData("""{"rules":[{"audit":"x.example"}]}""", true)]
    [InlineData("""{"rules":["**.example",{"allow":"x.example"}]}""", true)]
    [InlineData("""{"rules":["**.example"]}""", false)]
    [InlineData("""{"rules":["*.example",".example","x*.example","any"]}""", false)]
    [InlineData("""{"rules":["**.example",{"deny":"x.example:22"}]}""", false)]
    [InlineData("""{"rules":["**.example","y.example"]}""", false)]
    [InlineData("""{"rules":["**.example",{"allow":"x.example","when":{"signal":"go","within":"1m"}}]}""", false)]
    [InlineData("""{"default":"allow"}""", false)]
    public void KnowsWhenARuleThatLetsPassSpellsANameOut(string policy, bool isSpeltOut) =>
        Assert.Equal(isSpeltOut, Given.Judge(policy).SpellsOut(Given.Name("x.example")));
}
