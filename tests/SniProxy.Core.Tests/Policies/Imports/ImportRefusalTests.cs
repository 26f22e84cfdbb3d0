using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Imports;

namespace SniProxy.Core.Tests.Policies.Imports;

/// <summary>What cannot be kept is refused with its place and what to write instead, and nothing is made of the rest.</summary>
public sealed class ImportRefusalTests
{
    [Theory]
    [InlineData(ForeignKind.E2b, """{ "network": { "denyOut": ["evil.example.com"] } }""", "network.denyOut[0]", "names are not denied there", "allow what is needed")]
    [InlineData(ForeignKind.E2b, """{ "network": { "allowOut": ["api.example.com:8443"] } }""", "network.allowOut[0]", "has a port", "take the port out")]
    [InlineData(ForeignKind.E2b, """{ "allowOut": ["a.*.example.com"] }""", "allowOut[0]", "a star in a place", "write the names out")]
    [InlineData(ForeignKind.E2b, """{ "network": { "rules": { "api.example.com": [] } } }""", "network.rules", "changes requests", "take it out")]
    [InlineData(ForeignKind.E2b, """{ "network": { "allowOuts": [] } }""", "network.allowOuts", "is no setting", "did you mean \"allowOut\"?")]
    [InlineData(ForeignKind.E2b, """{ "allowInternetAccess": "no" }""", "allowInternetAccess", "truth value", "true or false")]
    [InlineData(ForeignKind.E2b, """{ "allowOut": ["169.254.169.254"] }""", "allowOut[0]", "metadata service", "take it out")]
    [InlineData(ForeignKind.Vercel, """{ "allow": { "api.example.com": [{ "transform": [] }] } }""", "allow.api.example.com", "nothing here looks into TLS", "write [] in its place")]
    [InlineData(ForeignKind.Vercel, """{ "mode": "custom", "injectionRules": [{}] }""", "injectionRules", "nothing here looks into TLS", "write [] in its place")]
    [InlineData(ForeignKind.Vercel, """{ "mode": "lenient" }""", "mode", "no choice", "write one of")]
    [InlineData(ForeignKind.Vercel, "\"allow-some\"", "", "no choice", "allow-all")]
    [InlineData(ForeignKind.Smokescreen, """{ "services": [{ "name": "a", "action": "open" }, { "name": "b", "action": "open" }] }""", "services", "several services", "--part, one of a, b")]
    [InlineData(ForeignKind.Smokescreen, """{ "version": "v2", "default": { "action": "open" } }""", "version", "another version", "v1")]
    [InlineData(ForeignKind.Smokescreen, """{ "default": { "action": "enforce", "mitm_domains": [{ "domain": "a.example.com" }] } }""", "default.mitm_domains", "no counterpart", "looks into TLS")]
    [InlineData(ForeignKind.Smokescreen, """{ "default": { "action": "enforce", "allowed_external_proxies": ["proxy.example.com"] } }""", "default.allowed_external_proxies", "no counterpart", "allow the hosts themselves")]
    [InlineData(ForeignKind.Smokescreen, """{ "default": { "allowed_domains": ["a.example.com"] } }""", "default", "no action", "enforce, report or open")]
    [InlineData(ForeignKind.HardenRunner, """{ "egress-policy": "block", "allowed-endpoints": "a.example.com:443 ${{ vars.HOST }}:443" }""", "allowed-endpoints[1]", "more than a host", "write the host")]
    [InlineData(ForeignKind.HardenRunner, """{ "policy": "stored" }""", "policy", "stand somewhere else", "allowed-endpoints")]
    [InlineData(ForeignKind.HardenRunner, """{ "jobs": { "build": { "steps": [] } } }""", "jobs", "no step uses", "name a workflow")]
    [InlineData(ForeignKind.OpenSandbox, """{ "egress": [{ "action": "allow" }] }""", "egress[0]", "no target", "write target")]
    [InlineData(ForeignKind.OpenSandbox, """{ "egress": [{ "action": "log", "target": "a.example.com" }] }""", "egress[0].action", "no choice", "allow")]
    [InlineData(ForeignKind.OpenSandbox, """{ "egress": [{ "action": "allow", "target": "localhost" }] }""", "egress[0].target", "machine itself", "take it out")]
    [InlineData(ForeignKind.Docker, """{ "rules": [{ "actions": ["connect:udp"], "resources": ["a.example.com"], "decision": "allow" }] }""", "rules[0].actions[0]", "UDP", "take \"connect:udp\" out")]
    [InlineData(ForeignKind.Docker, """{ "rules": [{ "actions": ["connect:tcp"], "resources": ["a.example.com"], "decision": "ask" }] }""", "rules[0].decision", "no choice", "allow")]
    [InlineData(ForeignKind.Docker, """{ "rules": [{ "actions": ["connect:tcp"], "resources": ["*"], "decision": "allow" }] }""", "rules[0].resources[0]", "one label", "any")]
    [InlineData(ForeignKind.Srt, """{ "network": { "allowedDomains": ["localhost"] } }""", "network.allowedDomains[0]", "machine itself", "take it out")]
    [InlineData(ForeignKind.Srt, """{ "network": { "allowedDomains": [], "mitmProxy": { "socketPath": "/x" } } }""", "network.mitmProxy", "leads requests elsewhere", "take it out")]
    [InlineData(ForeignKind.Srt, """{ "network": { "allowedDomains": ["https://a.example.com"] } }""", "network.allowedDomains[0]", "more than a host", "its port behind a colon")]
    [InlineData(ForeignKind.Srt, """{ "filesystem": {} }""", "", "no \"network\"", "allowedDomains")]
    public void IsRefusedWithPlaceAndFix(ForeignKind kind, string document, string path, string message, string fix)
    {
        var result = PolicyImport.Read(kind, JsonNodes.Parse(document), "f.json", "imported");
        Assert.Null(result.Document);
        var refusal = result.Refusals[0];
        Assert.Equal(("f.json", path), (refusal.File, refusal.Path));
        Assert.True(refusal.Line > 0);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(fix, refusal.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void AJobThatIsNotThereIsAnsweredWithThoseThatAre()
    {
        const string Workflow = """{ "jobs": { "build": { "steps": [{ "uses": "step-security/harden-runner@v2", "with": { "allowed-endpoints": "a.example.com:443" } }] } } }""";
        var result = PolicyImport.Read(ForeignKind.HardenRunner, JsonNodes.Parse(Workflow), "f.json", "imported", "biuld");
        Assert.Equal("say which job is meant with --part, one of build", Assert.Single(result.Refusals).Fix);
    }

    [Fact]
    public void AllRefusalsAreToldAtOnce() => Assert.Equal(
        ["allowOut[0]", "denyOut[0]", "rules"],
        PolicyImport.Read(ForeignKind.E2b, JsonNodes.Parse("""{ "allowOut": ["a b"], "denyOut": ["evil.example.com"], "rules": {} }"""), "f", "x").Refusals.Select(refusal => refusal.Path));

    [Fact]
    public void WhatIsNoMatterOfConnectionsIsLeftOutAndSaid()
    {
        var result = PolicyImport.Read(ForeignKind.Srt, JsonNodes.Parse("""{ "network": { "allowedDomains": [], "allowLocalBinding": true } }"""), "f", "x");
        Assert.NotNull(result.Document);
        Assert.Equal("network.allowLocalBinding", Assert.Single(result.Remarks).Path);
    }

    [Fact]
    public void ThatADenialOfNamesConcernsWhateverHasNoneIsSaid()
    {
        var result = PolicyImport.Read(ForeignKind.Docker, JsonNodes.Parse("""{ "mode": "denyAll", "allowNetworks": ["203.0.113.7:22"], "denyNetworks": ["evil.example.com"] }"""), "f", "x");
        Assert.NotNull(result.Document);
        Assert.Contains("where no name can be read", Assert.Single(result.Remarks).Message, StringComparison.Ordinal);
    }

    // Where the rest passes there. Whether it does here is asked of the policy that was made.
    [Theory]
    [InlineData(ForeignKind.E2b, """{ "network": { "allowOut": ["203.0.113.7"] } }""")]
    [InlineData(ForeignKind.E2b, """{ "allowOut": ["0.0.0.0/0"] }""")]
    [InlineData(ForeignKind.Vercel, "\"allow-all\"")]
    [InlineData(ForeignKind.Vercel, """{ "mode": "default-allow", "deniedCIDRs": ["198.51.100.0/24"] }""")]
    [InlineData(ForeignKind.Vercel, """{ "allow": ["*"] }""")]
    [InlineData(ForeignKind.Smokescreen, """{ "default": { "action": "open" } }""")]
    [InlineData(ForeignKind.Smokescreen, """{ "default": { "action": "report" } }""")]
    [InlineData(ForeignKind.OpenSandbox, """{ "defaultAction": "allow", "egress": [] }""")]
    [InlineData(ForeignKind.Docker, """{ "rules": [{ "actions": ["connect:tcp"], "resources": ["**"], "decision": "allow" }] }""")]
    public void ThatTlsToAnAddressWithoutARuleIsDeniedIsSaid(ForeignKind kind, string document)
    {
        var result = PolicyImport.Read(kind, JsonNodes.Parse(document), "f", "x");
        var remark = Assert.Single(result.Remarks, remark => remark.Message.Contains("TLS to an address that no rule lists", StringComparison.Ordinal));
        Assert.Contains("tcp://", remark.Fix, StringComparison.Ordinal);
        Assert.Equal((true, false), (Passes(result, "api.example.com"), Passes(result, "203.0.113.99:443")));
    }

    [Theory]
    [InlineData(ForeignKind.E2b, """{ "allowOut": ["203.0.113.7"], "denyOut": ["0.0.0.0/0"] }""", false)]
    [InlineData(ForeignKind.Vercel, """{ "allow": ["api.example.com"] }""", false)]
    [InlineData(ForeignKind.Smokescreen, """{ "default": { "action": "enforce" } }""", false)]
    [InlineData(ForeignKind.HardenRunner, """{ "egress-policy": "block", "allowed-endpoints": "api.example.com:443" }""", false)]
    [InlineData(ForeignKind.HardenRunner, """{ "egress-policy": "audit", "allowed-endpoints": "api.example.com:443" }""", true)]
    [InlineData(ForeignKind.OpenSandbox, """{ "defaultAction": "deny", "egress": [] }""", false)]
    [InlineData(ForeignKind.Docker, """{ "mode": "denyAll", "allowNetworks": ["api.example.com"] }""", false)]
    [InlineData(ForeignKind.Srt, """{ "network": { "allowedDomains": ["api.example.com"], "deniedDomains": [] } }""", false)]
    public void WhereTheRestIsDeniedOrOnlyToldNothingIsSaidOfAddresses(ForeignKind kind, string document, bool passes)
    {
        var result = PolicyImport.Read(kind, JsonNodes.Parse(document), "f", "x");
        Assert.Empty(result.Remarks);
        Assert.Equal(passes, Passes(result, "203.0.113.99:443"));
    }

    private static bool Passes(ImportResult result, string text)
    {
        Assert.NotNull(result.Document);
        Assert.True(TestDestination.TryParse(text, out var destination, out _));
        var policy = PolicyCompiler.Compile(result.Document, revision: 1, Given.Now);
        return !new Judge(policy, policy.Mode, strict: false, new Guard(), Circumstances.At(Given.Now)).Explain(destination).Verdict.IsDenied;
    }
}
