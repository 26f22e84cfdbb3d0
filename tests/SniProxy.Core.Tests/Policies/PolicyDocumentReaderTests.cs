using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

public sealed class PolicyDocumentReaderTests
{
    [Fact]
    public void ReadsEveryKey()
    {
        var reading = Given.Read("""
            {
              "version": 1, "name": "agent-runtime", "purpose": "code run by agents", "data": "source code", "owner": "platform", "reviewBy": "2027-06-30", "edition": "2026-11-26",
              "mode": "shadow", "default": "audit", "enabled": false, "rollout": "25%", "ech": "deny", "quic": "sni", "dns": {"mode": "forward"}, "onRevoke": "keep",
              "rules": [
                "api.openai.com",
                {"allow": ["**.pythonhosted.org", "ssh://github.com"], "except": "evil.pythonhosted.org", "label": "pip and git", "priority": 7,
                 "reason": "shown", "owner": "team-ml", "reviewBy": "2027-01-31", "source": "https://docs.example/hosts", "expires": "2027-03-31T00:00:00Z"},
                {"allow": "db.acme.example:5432", "protocol": "postgres", "resolvesTo": ["10.1.0.0/16"]},
                {"audit": ["**.amazonaws.com"]},
                {"deny": ["10.0.0.0/8", "169.254.0.0/16"], "except": ["10.1.2.3:5432"]}
              ]
            }
            """);
        Assert.Empty(reading.Errors);
        var document = reading.Document;
        Assert.NotNull(document);
        Assert.Equal(
            ("agent-runtime", "code run by agents", "source code", "platform", new DateOnly(2027, 6, 30)),
            (document.Name, document.Purpose, document.Data, document.Owner, document.ReviewBy));
        Assert.Equal((Mode.Shadow, Decision.Audit, false, 25), (document.Mode, document.Default, document.IsEnabled, document.Rollout));
        Assert.Equal(
            (EchHandling.Deny, QuicHandling.Sni, PolicyDnsMode.Forward, RevokeHandling.Keep),
            (document.Ech, document.Quic, document.DnsMode, document.OnRevoke));
        Assert.Equal([Decision.Allow, Decision.Allow, Decision.Allow, Decision.Audit, Decision.Deny], document.Rules.Select(rule => rule.Decision));
        var pip = document.Rules[1];
        Assert.Equal(
            ("pip and git", 7, "shown", "team-ml", new DateOnly(2027, 1, 31), new DateTimeOffset(2027, 3, 31, 0, 0, 0, TimeSpan.Zero)),
            (pip.Label, pip.Priority, pip.Reason, pip.Owner, pip.ReviewBy, pip.Expires));
        Assert.Equal((new DateOnly(2026, 11, 26), "https://docs.example/hosts"), (document.Edition, pip.Source));
        Assert.Equal("evil.pythonhosted.org", Assert.Single(pip.Except).Text);
        Assert.Equal(EntryScheme.Postgres, document.Rules[2].Protocol);
        Assert.Equal("10.1.0.0/16", Assert.Single(document.Rules[2].ResolvesTo).ToString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"rules":[]}""")]
    [InlineData("""{"version":1}""")]
    [InlineData("""{"name":"x"}""")]
    public void WithoutRulesAPolicyIsItsDefaultAndThatDenies(string json)
    {
        var judge = Given.Judge(json);
        Assert.Equal(FlowStep.Refuse, judge.Begin(Given.Tls("good.example", "203.0.113.10", bound: true)).Step);
        Assert.True(judge.JudgeName(Given.Name("good.example")).IsDenied);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"allow\"")]
    [InlineData("5")]
    [InlineData("""{"rules":null}""")]
    [InlineData("""{"rules":{}}""")]
    [InlineData("""{"rules":"any"}""")]
    [InlineData("""{"rules":[null]}""")]
    [InlineData("""{"rules":[""]}""")]
    [InlineData("""{"rules":[{}]}""")]
    [InlineData("""{"rules":[[]]}""")]
    [InlineData("""{"rules":[["good.example"]]}""")]
    [InlineData("""{"rules":[{"allow":[]}]}""")]
    [InlineData("""{"rules":[{"allow":null}]}""")]
    [InlineData("""{"rules":[{"allow":[null]}]}""")]
    [InlineData("""{"rules":[{"allow":[""]}]}""")]
    [InlineData("""{"rules":[{"allow":["  "]}]}""")]
    [InlineData("""{"rules":[{"deny":[]}]}""")]
    [InlineData("""{"rules":[{"except":["a.example"]}]}""")]
    [InlineData("""{"rules":[{"label":"x"}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","deny":"b.example"}]}""")]
    [InlineData("""{"allow":["a.example"]}""")]
    [InlineData("""{"default":null}""")]
    [InlineData("""{"default":"Allow"}""")]
    [InlineData("""{"mode":""}""")]
    [InlineData("""{"enabled":"false"}""")]
    [InlineData("""{"enabled":0}""")]
    [InlineData("""{"version":2}""")]
    [InlineData("""{"version":"1"}""")]
    [InlineData("""{"name":"deny-all"}""")]
    [InlineData("""{"name":"Deny-All"}""")]
    [InlineData("""{"name":""}""")]
    [InlineData("""{"name":"a/b"}""")]
    [InlineData("""{"name":"..",}""")]
    [InlineData("""{"name":"a\nb"}""")]
    [InlineData("""{"rollout":"101%"}""")]
    [InlineData("""{"rollout":"-1%"}""")]
    [InlineData("""{"rollout":50}""")]
    [InlineData("""{"rollout":""}""")]
    [InlineData("""{"dns":"forward"}""")]
    [InlineData("""{"dns":{}}""")]
    [InlineData("""{"dns":{"mode":"off"}}""")]
    [InlineData("""{"quic":true}""")]
    [InlineData("""{"reviewBy":"31.1.2027"}""")]
    [InlineData("""{"reviewBy":"2027-02-30"}""")]
    [InlineData("""{"rules":[{"allow":"a.example","expires":"2027-03-31"}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","expires":"2027-03-31T00:00:00"}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","priority":-1}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","priority":"1"}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","priority":1.5}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","protocol":"udp"}]}""")]
    [InlineData("""{"rules":[{"allow":"ssh://a.example","protocol":"tls"}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","resolvesTo":["203.0.113.0/24"]}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","resolvesTo":["0.0.0.0/0"]}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","resolvesTo":["127.0.0.0/8"]}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","resolvesTo":[]}]}""")]
    [InlineData("""{"rules":[{"deny":"a.example","resolvesTo":["10.0.0.0/8"]}]}""")]
    [InlineData("""{"use":["pypi"]}""")]
    [InlineData("""{"use":[]}""")]
    public void WhatIsEmptyBrokenOrNotYetToBeHadIsAnErrorAndNeverAPolicy(string json)
    {
        var reading = Given.Read(json);
        Assert.Null(reading.Document);
        Assert.All(reading.Errors, error => Assert.True(error is { Line: > 0, Column: > 0, Message.Length: > 0, Fix.Length: > 0, File: "p.yaml" }));
        Assert.NotEmpty(reading.Errors);
    }

    [Fact]
    public void FindsTwelveMistakesAtOnceWithPlaceAndCorrection()
    {
        var reading = Given.Read("""
            {
              "defualt": "deny",
              "mode": "enforced",
              "mode": "shadow",
              "rollout": "150%",
              "rules": [
                "https://api.example/path",
                {"alow": ["a.example"], "allow": ["10.1.2.3/8"]},
                {"allow": ["b.example:65536", "b.example:0"]},
                {"deny": ["udp://c.example"]},
                {"allow": ["010.0.0.1"]},
                {"allow": ["d.example"], "protocol": "postgress"},
                {}
              ]
            }
            """);
        Assert.Equal(
            [
                "2:3 defualt", "3:11 mode", "4:3 mode", "5:14 rollout", "7:5 rules[0]", "8:6 rules[1].alow", "8:39 rules[1].allow[0]", "9:16 rules[2].allow[0]",
                "9:35 rules[2].allow[1]", "10:15 rules[3].deny[0]", "11:16 rules[4].allow[0]", "12:42 rules[5].protocol", "13:5 rules[6]",
            ],
            reading.Errors.Select(error => $"{error.Line}:{error.Column} {error.Path}"));
        string[] fixes =
        [
            "did you mean \"default\"?", "did you mean \"enforce\"?", "keep one of them", "0% to 100%", "write \"https://api.example\"", "did you mean \"allow\"?",
            "write 10.0.0.0/8, or 10.1.2.3 for the one address", "from 1 to 65535", "from 1 to 65535", "quic://", "without leading zeros", "did you mean \"postgres\"?", "\"allow\", \"deny\" or \"audit\"",
        ];
        Assert.Equal(fixes.Length, reading.Errors.Count);
        Assert.All(fixes.Zip(reading.Errors), pair => Assert.Contains(pair.First, pair.Second.Fix, StringComparison.Ordinal));
        Assert.StartsWith("p.yaml(2,3): defualt: \"defualt\" is no setting; did you mean", reading.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void HoldsAHundredThousandEntriesAndNotOneMore()
    {
        static string Entries(int count) => $$"""{"rules":[{"deny":[{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"n{i}.example\""))}}]}]}""";
        static DocumentNode Nodes(int count) => DocumentNode.Mapping(
            [
                new DocumentField(DocumentNode.Scalar("rules", true, 1, 1), DocumentNode.Sequence(
                    [.. Enumerable.Range(0, count).Select(i => DocumentNode.Scalar($"n{i}.example", true, i + 2, 3))], 2, 1)),
            ],
            1, 1);
        Assert.Empty(Given.Read(Entries(10)).Errors);
        Assert.Empty(PolicyDocumentReader.Read(Nodes(PolicyDocument.MaxEntries), "p.yaml", "p").Errors);
        var error = Assert.Single(PolicyDocumentReader.Read(Nodes(PolicyDocument.MaxEntries + 2), "p.yaml", "p").Errors);
        Assert.Equal((PolicyDocument.MaxEntries + 2, "rules[100000]"), (error.Line, error.Path));
    }

    [Fact]
    public void OrdersRulesByPriorityThenByPlaceAndLeavesOutTheExpired()
    {
        const string Json = """
            {"rules":[
              {"allow":"a.example","label":"last","priority":200}, "b.example", {"allow":"c.example","priority":1},
              {"allow":"d.example","expires":"2027-01-01T00:00:00Z"}, {"deny":"e.example","expires":"2027-01-01T00:00:01Z"},
              {"deny":"f.example","expires":"2027-02-01T00:00:00+02:00"}]}
            """;
        var policy = Given.Policy(Json);
        Assert.Equal(["3", "2", "5", "6", "1 (last)"], policy.Rules.Select(rule => rule.Name));
        Assert.Equal(Given.Now.AddSeconds(1), policy.NextExpiry);
        policy = Given.Policy(Json, Given.Now.AddSeconds(1));
        Assert.Equal(["3", "2", "6", "1 (last)"], policy.Rules.Select(rule => rule.Name));
        Assert.Equal(new DateTimeOffset(2027, 2, 1, 0, 0, 0, TimeSpan.FromHours(2)), policy.NextExpiry);
        Assert.Null(Given.Policy(Json, Given.Now.AddYears(1)).NextExpiry);
    }

    [Fact]
    public void RolloutTakesAStableShareThatOnlyGrows()
    {
        var sandboxes = Enumerable.Range(0, 20_000).Select(i => $"sandbox-{i}").ToArray();
        foreach (var percent in new[] { 0, 1, 10, 50, 99, 100 })
        {
            var share = sandboxes.Count(sandbox => Rollout.Includes("p", sandbox, percent));
            Assert.InRange(share, (percent * 200) - 300, (percent * 200) + 300);
        }

        Assert.All(sandboxes, sandbox => Assert.True(!Rollout.Includes("p", sandbox, 10) || Rollout.Includes("p", sandbox, 11)));
        Assert.Contains(sandboxes, sandbox => Rollout.Includes("p", sandbox, 10) && !Rollout.Includes("q", sandbox, 10));
        Assert.DoesNotContain(sandboxes, sandbox => Rollout.Includes("p", sandbox, 0));
    }

    [Fact]
    public void ReadsHowNamesAreAnswered()
    {
        Assert.Equal(PolicyDnsMode.Synthetic, Given.Policy("""{"dns":{"mode":"synthetic"}}""").DnsMode);
        Assert.Null(Given.Policy("{}").DnsMode);
        Assert.Equal("dns.mode", Assert.Single(Given.Read("""{"dns":{"mode":"invented"}}""").Errors).Path);
    }
}
