using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Exports;
using SniProxy.Core.Policies.Imports;

namespace SniProxy.Core.Tests.Policies.Imports;

/// <summary>
/// Documents as the others write them, and what each of them says of destinations, worked out by hand from its documentation. The policy that is
/// made of a document must say the same.
/// </summary>
public sealed class ImportVerdictTests
{
    public static TheoryData<ForeignKind, string?, string, string> Documents => new()
    {
        // E2B: what is allowed wins; names on 80 and 443 only, "*." for every depth; addresses on every port; the rest passes unless all is denied.
        {
            ForeignKind.E2b, null,
            """{ "network": { "allowOut": ["api.example.com", "*.cdn.example.com", "203.0.113.7", "198.51.100.0/24"], "denyOut": ["0.0.0.0/0"] } }""",
            "+api.example.com +http://api.example.com -api.example.com:8443 +a.cdn.example.com +a.b.cdn.example.com -cdn.example.com -other.example +tcp://203.0.113.7:22 +198.51.100.200:9000 -203.0.113.8:443"
        },
        { ForeignKind.E2b, null, """{ "allowInternetAccess": false }""", "-api.example.com -203.0.113.7:443 -ssh://git.example" },
        {
            ForeignKind.E2b, null, """{ "allow_internet_access": true, "network": { "deny_out": ["203.0.113.0/24"], "allow_out": ["203.0.113.7"], "allow_public_traffic": false } }""",
            "+api.example.com +203.0.113.7:5432 -203.0.113.8:443 -198.51.100.1:443 +198.51.100.1:22 -203.0.113.200:22"
        },

        // Vercel: denied subnets win; names by TLS alone, on every port, "*." for every depth.
        {
            ForeignKind.Vercel, null,
            """{ "allow": ["gateway.example.com", "*.cdn.example.com"], "subnets": { "allow": ["203.0.113.0/24"], "deny": ["203.0.113.128/25"] } }""",
            "+gateway.example.com +tls://gateway.example.com:6380 -http://gateway.example.com -ssh://gateway.example.com +a.b.cdn.example.com -cdn.example.com -other.example +203.0.113.7:5432 -203.0.113.200:5432"
        },
        {
            ForeignKind.Vercel, null, """{ "mode": "custom", "allowedDomains": ["*"], "allowedCIDRs": [], "deniedCIDRs": ["198.51.100.0/24"] }""",
            "+anything.example +deep.down.example -198.51.100.9:443 -203.0.113.7:22"
        },
        { ForeignKind.Vercel, null, """{ "networkPolicy": { "allow": { "api.example.com": [], "models.example.com": [] } } }""", "+api.example.com +models.example.com -a.api.example.com -203.0.113.7:443" },
        { ForeignKind.Vercel, null, "\"deny-all\"", "-api.example.com -203.0.113.7:443" },

        // Smokescreen: the service's list, the global denials, the global list, the action; ports are no part of it.
        {
            ForeignKind.Smokescreen, "enforced",
            """
            { "version": "v1", "services": [
                { "name": "enforced", "project": "payments", "action": "enforce", "allowed_domains": ["one.example.com", "*.two.example.com", "bad.example.com"] },
                { "name": "reported", "project": "search", "action": "report", "allowed_domains": [] } ],
              "default": { "project": "other", "action": "open" },
              "global_allow_list": ["everybody.example.com", "both.example.com"], "global_deny_list": ["bad.example.com", "both.example.com", "*.evil.example.com"] }
            """,
            "+one.example.com +tls://one.example.com:8443 +a.b.two.example.com -two.example.com +bad.example.com +everybody.example.com -both.example.com -other.example -a.evil.example.com"
        },
        {
            ForeignKind.Smokescreen, "reported",
            """
            { "services": [ { "name": "reported", "project": "search", "action": "report", "allowed_domains": ["one.example.com"] }, { "name": "x", "project": "y", "action": "open" } ],
              "global_deny_list": ["bad.example.com"] }
            """,
            "+one.example.com ~other.example -bad.example.com ~sub.bad.example.com"
        },
        { ForeignKind.Smokescreen, null, """{ "version": "v1", "default": { "project": "p", "action": "open" }, "global_deny_list": ["bad.example.com"] }""", "+other.example -bad.example.com -http://bad.example.com +ssh://git.example" },

        // Harden-Runner: host and port, 443 unless written; "*." for what is below; "audit" only tells.
        {
            ForeignKind.HardenRunner, null,
            """
            { "on": "push", "jobs": { "build": { "runs-on": "ubuntu-latest", "steps": [
                { "uses": "step-security/harden-runner@v2", "with": { "egress-policy": "block", "disable-sudo": true,
                  "allowed-endpoints": "api.example.com:443 git.example.com:22 *.data.example.com:443\nplain.example.com" } },
                { "uses": "actions/checkout@v4" } ] } } }
            """,
            "+api.example.com -http://api.example.com +ssh://git.example.com -git.example.com +a.data.example.com +a.b.data.example.com -data.example.com +plain.example.com -plain.example.com:8443 -other.example"
        },
        { ForeignKind.HardenRunner, null, """{ "egress-policy": "audit", "allowed-endpoints": "api.example.com:443" }""", "+api.example.com ~other.example ~http://api.example.com" },
        {
            ForeignKind.HardenRunner, "test",
            """
            { "jobs": { "build": { "steps": [ { "uses": "step-security/harden-runner@v2", "with": { "egress-policy": "block", "allowed-endpoints": "one.example.com:443" } } ] },
                        "test": { "steps": [ { "run": "true" }, { "uses": "step-security/harden-runner@abc", "with": { "egress-policy": "block", "allowed-endpoints": "two.example.com:443 203.0.113.7:443" } } ] } } }
            """,
            "-one.example.com +two.example.com +203.0.113.7:443 -203.0.113.7:22"
        },

        // OpenSandbox: the first match decides; "*." for every depth; ports are no part of it; denied unless said.
        {
            ForeignKind.OpenSandbox, null,
            """{ "networkPolicy": { "defaultAction": "deny", "egress": [ { "action": "allow", "target": "api.example.com" }, { "action": "deny", "target": "evil.cdn.example.com" }, { "action": "allow", "target": "*.cdn.example.com" } ] } }""",
            "+api.example.com +tls://api.example.com:8443 -evil.cdn.example.com +a.cdn.example.com +a.b.cdn.example.com -cdn.example.com +a.evil.cdn.example.com -other.example +ssh://api.example.com"
        },
        { ForeignKind.OpenSandbox, null, """{ "default_action": "allow", "egress": [ { "action": "deny", "target": "*.evil.example.com" } ] }""", "+api.example.com -a.evil.example.com -a.b.evil.example.com +evil.example.com" },
        { ForeignKind.OpenSandbox, null, """{ "egress": [ { "action": "allow", "target": "203.0.113.0/24" }, { "action": "allow", "target": "one.example.com" }, { "action": "deny", "target": "one.example.com" } ] }""", "+203.0.113.7:22 +one.example.com -198.51.100.1:443 -other.example" },

        // Docker: a denial wins; "*." is one label, "**." every depth; every port unless written; the rest is denied.
        {
            ForeignKind.Docker, null,
            """
            { "name": "team", "rules": [
                { "name": "apis", "actions": ["connect:tcp"], "resources": ["api.example.com:443", "*.one.example.com", "**.deep.example.com"], "decision": "allow" },
                { "name": "never", "actions": ["connect:tcp", "connect:udp"], "resources": ["evil.deep.example.com", "203.0.113.0/24"], "decision": "deny" } ] }
            """,
            "+api.example.com -tls://api.example.com:8443 +a.one.example.com -a.b.one.example.com +tls://a.one.example.com:8443 +a.b.deep.example.com -deep.example.com -evil.deep.example.com -203.0.113.7:443 -other.example"
        },
        { ForeignKind.Docker, null, """{ "mode": "denyAll", "allowNetworks": ["api.example.com", "203.0.113.0/24", "10.1.2.3:22"], "denyNetworks": ["203.0.113.7"] }""", "+ssh://10.1.2.3 -10.1.2.3:443 +api.example.com -a.api.example.com +203.0.113.8:9000 -203.0.113.7:9000 -other.example" },
        { ForeignKind.Docker, null, """{ "rules": [ { "actions": ["connect:tcp"], "resources": ["**"], "decision": "allow" }, { "actions": ["connect:tcp"], "resources": ["evil.example.com"], "decision": "deny" } ] }""", "+api.example.com -evil.example.com +a.evil.example.com +ssh://git.example" },

        // sandbox-runtime: what is denied wins; "*." for every depth; every port unless written; the rest is denied.
        {
            ForeignKind.Srt, null,
            """
            { "network": { "allowedDomains": ["example.com", "*.example.com", "db.corp.example:5432", "[2001:db8::7]:443"], "deniedDomains": ["evil.example.com"], "allowLocalBinding": true, "allowUnixSockets": ["/run/x.sock"] },
              "filesystem": { "denyRead": ["~/.ssh"], "allowWrite": ["."], "denyWrite": [] } }
            """,
            "+example.com +a.example.com +a.b.example.com +tls://a.example.com:8443 -evil.example.com +postgres://db.corp.example -db.corp.example +[2001:db8::7]:443 -[2001:db8::8]:443 -other.example"
        },
        { ForeignKind.Srt, null, """{ "sandbox": { "network": { "allowedDomains": ["api.example.com"], "deniedDomains": ["*:22"] } } }""", "+api.example.com -ssh://api.example.com +http://api.example.com -a.api.example.com" },
        { ForeignKind.Srt, null, """{ "network": { "allowedDomains": [], "deniedDomains": [] } }""", "-api.example.com -203.0.113.7:443" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void SaysTheSameOfEveryDestination(ForeignKind kind, string? part, string document, string expected)
    {
        var result = PolicyImport.Read(kind, JsonNodes.Parse(document), "f.json", "imported", part);
        Assert.Empty(result.Refusals);
        Assert.NotNull(result.Document);

        // As it is written, and read by whoever takes it over.
        var reading = PolicyDocumentReader.Read(PolicyDocumentWriter.Write(result.Document), "p", "p");
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        var policy = PolicyCompiler.Compile(reading.Document, revision: 1, Given.Now);
        var judge = new Judge(policy, policy.Mode, strict: false, new Guard(), Circumstances.At(Given.Now));
        Assert.Equal(expected, string.Join(' ', expected.Split(' ').Select(item => Verdict(judge, item[1..]) + item[1..])));
    }

    [Fact]
    public void ThereAreThreeOfEachKindAndAHundredDestinations()
    {
        Assert.All(Enum.GetValues<ForeignKind>(), kind => Assert.True(Documents.Count(row => row.Data.Item1 == kind) >= 3, $"{kind}"));
        Assert.True(Documents.Sum(row => row.Data.Item4.Split(' ').Length) >= 100);
    }

    private static string Verdict(Judge judge, string text)
    {
        Assert.True(TestDestination.TryParse(text, out var destination, out var fault), $"{text}: {fault.Message}");
        return judge.Explain(destination).Verdict.Decision switch { Decision.Allow => "+", Decision.Audit => "~", _ => "-" };
    }
}
