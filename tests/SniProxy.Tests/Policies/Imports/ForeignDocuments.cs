using SniProxy.Core.Policies.Imports;

namespace SniProxy.Tests.Policies.Imports;

/// <summary>Three of each kind.</summary>
internal static class ForeignDocuments
{
    public static IReadOnlyList<ForeignDocument> All { get; } =
    [
        // E2B: what is allowed wins; names on 80 and 443, "*." for every depth; addresses on every port.
        new(ForeignKind.E2b, null,
            """
            { "template": "base", "timeoutMs": 300000,
              "network": { "allowOut": ["api.example.com", "*.cdn.example.com", "github.com", "203.0.113.7", "198.51.100.0/26"], "denyOut": ["0.0.0.0/0"], "allowPublicTraffic": false } }
            """,
            d => (d.IsWeb && (d.Is("api.example.com", "github.com") || d.IsBelow("cdn.example.com"))) || d.IsIn("203.0.113.7", "198.51.100.0/26")),
        new(ForeignKind.E2b, null,
            """{ "allow_internet_access": true, "network": { "deny_out": ["203.0.113.0/24"], "allow_out": ["203.0.113.7"] } }""",
            d => d.IsIn("203.0.113.7") || !d.IsIn("203.0.113.0/24")) { IsOpen = true, ListedAddresses = ["203.0.113.7"] },
        new(ForeignKind.E2b, null,
            """{ "allowInternetAccess": false, "network": { "allowOut": ["*.github.com", "*.githubusercontent.com"] } }""",
            d => d.IsWeb && (d.IsBelow("github.com") || d.IsBelow("githubusercontent.com"))),

        // Vercel: denied subnets win; names by TLS alone, on every port, "*." for every depth, "*" for every name.
        new(ForeignKind.Vercel, null,
            """
            { "allow": { "api.example.com": [], "*.cdn.example.com": [], "github.com": [] },
              "subnets": { "allow": ["198.51.100.0/26", "203.0.113.0/24"], "deny": ["203.0.113.128/25"] } }
            """,
            d => (d.Protocol == "tls" && (d.Is("api.example.com", "github.com") || d.IsBelow("cdn.example.com")))
                || (d.IsIn("198.51.100.0/26", "203.0.113.0/24") && !d.IsIn("203.0.113.128/25"))),
        new(ForeignKind.Vercel, null,
            """{ "mode": "custom", "allowedDomains": ["*"], "allowedCIDRs": ["10.1.2.0/24"], "deniedCIDRs": ["203.0.113.0/24"] }""",
            d => (d.Protocol == "tls" && !d.IsIn("203.0.113.0/24")) || d.IsIn("10.1.2.0/24")) { ListedAddresses = ["10.1.2.0/24"] },
        new(ForeignKind.Vercel, null,
            """{ "networkPolicy": { "allow": ["example.com", "*.corp.example"] } }""",
            d => d.Protocol == "tls" && (d.Is("example.com") || d.IsBelow("corp.example"))),

        // Smokescreen: the service's list, the global denials, the global list, the action; ports are no part of it.
        new(ForeignKind.Smokescreen, "checkout", Services,
            d => d.IsBelow("cdn.example.com") || d.Is("api.example.com", "github.com")),
        new(ForeignKind.Smokescreen, "default", Services,
            d => d.Is("github.com") ? '+' : d.Is("other.example", "corp.example") || d.IsBelow("evil.cdn.example.com") ? '-' : '~') { IsStricterWithoutName = true, IsOpen = true, ListedAddresses = [] },
        new(ForeignKind.Smokescreen, null,
            """
            version: v1
            services: []
            default:
              project: sandbox
              action: open
            global_allow_list:
              - github.com
            """,
            d => true) { IsOpen = true, ListedAddresses = [] },

        // Harden-Runner: host and port, 443 unless written; "*." for what is below; "audit" only tells.
        new(ForeignKind.HardenRunner, null,
            """
            name: CI
            on: [push]
            permissions:
              contents: read
            jobs:
              build:
                runs-on: ubuntu-latest
                steps:
                  - name: Harden the runner
                    uses: step-security/harden-runner@v2
                    with:
                      disable-sudo: true
                      egress-policy: block
                      allowed-endpoints: >
                        api.example.com:443
                        github.com:22
                        github.com:443
                        *.githubusercontent.com:443
                        db.corp.example:8443
                        203.0.113.7:443
                  - uses: actions/checkout@v4
            """,
            d => (d.Port == 443 && (d.Is("api.example.com", "github.com") || d.IsBelow("githubusercontent.com") || d.IsIn("203.0.113.7")))
                || (d.Port == 22 && d.Is("github.com")) || (d.Port == 8443 && d.Is("db.corp.example"))),
        new(ForeignKind.HardenRunner, null,
            """
            egress-policy: audit
            allowed-endpoints: api.example.com other.example:80
            """,
            d => (d.Port == 443 && d.Is("api.example.com")) || (d.Port == 80 && d.Is("other.example")) ? '+' : '~'),
        new(ForeignKind.HardenRunner, "test",
            """
            jobs:
              build:
                steps:
                  - { uses: step-security/harden-runner@v2, with: { egress-policy: block, allowed-endpoints: "api.example.com:443" } }
              test:
                steps:
                  - run: "true"
                  - { uses: step-security/harden-runner@v2.10.1, with: { egress-policy: block, allowed-endpoints: "*.cdn.example.com:443 cdn.example.com:80" } }
            """,
            d => (d.Port == 443 && d.IsBelow("cdn.example.com")) || (d.Port == 80 && d.Is("cdn.example.com"))),

        // OpenSandbox: the first match decides; "*." for every depth; ports are no part of it; denied unless said.
        new(ForeignKind.OpenSandbox, null,
            """
            networkPolicy:
              defaultAction: deny
              egress:
                - { action: allow, target: api.example.com }
                - { action: deny, target: evil.cdn.example.com }
                - { action: allow, target: "*.cdn.example.com" }
                - { action: allow, target: github.com }
            """,
            d => d.Is("api.example.com", "github.com") || (d.IsBelow("cdn.example.com") && !d.Is("evil.cdn.example.com"))),
        new(ForeignKind.OpenSandbox, null,
            """{ "default_action": "allow", "egress": [{ "action": "deny", "target": "*.evil.cdn.example.com" }, { "action": "deny", "target": "203.0.113.0/24" }] }""",
            d => !d.IsBelow("evil.cdn.example.com") && !d.IsIn("203.0.113.0/24")) { IsStricterWithoutName = true, IsOpen = true, ListedAddresses = [] },
        new(ForeignKind.OpenSandbox, null,
            """
            { "egress": [{ "action": "deny", "target": "203.0.113.7" }, { "action": "allow", "target": "203.0.113.0/24" }, { "action": "allow", "target": "example.com" },
                         { "action": "deny", "target": "example.com" }] }
            """,
            d => (d.IsIn("203.0.113.0/24") && !d.IsIn("203.0.113.7")) || d.Is("example.com")),

        // Docker: a denial wins; "*." is one label, "**." every depth; every port unless written; the rest is denied.
        new(ForeignKind.Docker, null,
            """
            { "name": "team-default", "rules": [
                { "name": "allow apis", "actions": ["connect:tcp"], "resources": ["api.example.com:443", "*.cdn.example.com", "**.corp.example", "198.51.100.0/24"], "decision": "allow" },
                { "name": "never", "actions": ["connect:tcp", "connect:udp"], "resources": ["evil.cdn.example.com", "198.51.100.77"], "decision": "deny" } ] }
            """,
            d => (d.Port == 443 && d.Is("api.example.com")) || (d.IsChildOf("cdn.example.com") && !d.Is("evil.cdn.example.com")) || d.IsBelow("corp.example")
                || (d.IsIn("198.51.100.0/24") && !d.IsIn("198.51.100.77"))) { IsStricterWithoutName = true },
        new(ForeignKind.Docker, null,
            """{ "mode": "denyAll", "allowNetworks": ["github.com", "203.0.113.0/24", "10.1.2.3:22"], "denyNetworks": ["203.0.113.7"] }""",
            d => d.Is("github.com") || (d.IsIn("203.0.113.0/24") && !d.IsIn("203.0.113.7")) || (d.Port == 22 && d.IsIn("10.1.2.3"))),
        new(ForeignKind.Docker, null,
            """
            { "rules": [ { "actions": ["connect:tcp"], "resources": ["**"], "decision": "allow" },
                         { "actions": ["connect:tcp"], "resources": ["**.evil.cdn.example.com", "other.example"], "decision": "deny" } ] }
            """,
            d => !d.IsBelow("evil.cdn.example.com") && !d.Is("other.example")) { IsStricterWithoutName = true, IsOpen = true, ListedAddresses = [] },

        // sandbox-runtime: what is denied wins; "*." for every depth; every port unless written; the rest is denied.
        new(ForeignKind.Srt, null,
            """
            { "network": { "allowedDomains": ["example.com", "*.cdn.example.com", "github.com", "[2001:db8::7]:443"], "deniedDomains": ["evil.cdn.example.com"], "allowUnixSockets": [] },
              "filesystem": { "denyRead": ["~/.ssh"], "allowWrite": ["."], "denyWrite": [".env"] } }
            """,
            d => d.Is("example.com", "github.com") || (d.IsBelow("cdn.example.com") && !d.Is("evil.cdn.example.com")) || (d.Port == 443 && d.IsIn("2001:db8::7"))) { IsStricterWithoutName = true },
        new(ForeignKind.Srt, null,
            """{ "permissions": { "deny": [] }, "sandbox": { "enabled": true, "network": { "allowedDomains": ["api.example.com", "*.corp.example"], "deniedDomains": ["*:22"] } } }""",
            d => d.Port != 22 && (d.Is("api.example.com") || d.IsBelow("corp.example"))),
        new(ForeignKind.Srt, null,
            """
            network:
              allowedDomains: ["github.com", "*.github.com", "db.corp.example:8443"]
              deniedDomains: []
              allowLocalBinding: true
            """,
            d => d.Is("github.com") || d.IsBelow("github.com") || (d.Port == 8443 && d.Is("db.corp.example"))),
    ];

    private const string Services =
        """
        version: v1
        services:
          - name: checkout
            project: payments
            action: enforce
            allowed_domains:
              - api.example.com
              - "*.cdn.example.com"
          - name: search
            project: search
            action: open
        default:
          project: other
          action: report
          allowed_domains: []
        global_allow_list:
          - github.com
          - other.example
        global_deny_list:
          - other.example
          - corp.example
          - "*.evil.cdn.example.com"
        """;
}
