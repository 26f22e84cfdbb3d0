using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Policies;

namespace SniProxy.Tests.House;

/// <summary>The bundles that come with the program: what they may hold, and what a policy makes of them.</summary>
public sealed class BundlesTests
{
    private static readonly BundleShelf Bundles = BundleFolder.Open(Path.Combine(SourceTree.Root, "deploy/bundles"));

    // Names under each of these are given to whoever asks, or serve whatever whoever asks has put there.
    private static readonly string[] OpenSuffixes =
    [
        "amazonaws.com", "cloudfront.net", "awsapprunner.com", "on.aws", "azure.com", "azurewebsites.net", "azureedge.net", "azurefd.net", "windows.net", "azuredatabricks.net",
        "databricks.com", "snowflakecomputing.com", "grafana.net", "storage.googleapis.com", "googleusercontent.com", "appspot.com", "run.app", "web.app", "firebaseapp.com",
        "cloudfunctions.net", "github.io", "githubusercontent.com", "gitlab.io", "herokuapp.com", "netlify.app", "vercel.app", "pages.dev", "workers.dev", "r2.cloudflarestorage.com",
        "r2.dev", "fastly.net", "fly.dev", "ngrok.io", "ngrok-free.app", "trycloudflare.com", "blob.core.windows.net", "digitaloceanspaces.com", "launchpadcontent.net", "readthedocs.io",
    ];

    private static readonly string[] DohServers =
    [
        "dns.google", "dns.google.com", "8888.google", "cloudflare-dns.com", "mozilla.cloudflare-dns.com", "chrome.cloudflare-dns.com", "one.one.one.one", "1dot1dot1dot1.cloudflare-dns.com",
        "dns.quad9.net", "dns9.quad9.net", "dns10.quad9.net", "dns11.quad9.net", "doh.opendns.com", "doh.familyshield.opendns.com", "dns.nextdns.io", "dns.adguard.com", "dns.adguard-dns.com",
        "doh.cleanbrowsing.org", "doh.dns.sb", "dns.alidns.com", "doh.pub", "dns.mullvad.net", "freedns.controld.com", "doh.libredns.gr", "doh.applied-privacy.net", "ordns.he.net",
    ];

    private static readonly string[] EchOuterNames = ["cloudflare-ech.com", "public.tls-ech.dev", "cover.defo.ie", "ech-public.wolfssl.com", "outer.example.com"];

    private static readonly string[] SharedHosts = ["storage.googleapis.com", "www.googleapis.com", "s3.amazonaws.com", "gist.github.com", "gist.githubusercontent.com", "keyserver.ubuntu.com"];

    public static TheoryData<string> Names => [.. Bundles.Names];

    [Fact]
    public void ThereIsOneForEachThatIsPromised() => Assert.Empty(
        ((string[])
        [
            "pypi", "crates", "go", "rubygems", "maven-central", "ubuntu", "github-read", "gitlab", "docker-hub", "openai", "anthropic", "azure-openai", "bedrock", "google-ai", "google-oauth",
            "microsoft-graph", "datadog", "honeycomb", "grafana-cloud", "snowflake", "bigquery", "databricks",
        ]).Except(Bundles.Names));

    [Theory]
    [MemberData(nameof(Names))]
    public void IsWellFormedAndSaysWhereItsHostsAreDocumented(string name)
    {
        var reading = Bundles.Read(name);
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        Assert.All(reading.Document.Rules, rule => Assert.True(Uri.TryCreate(rule.Source, UriKind.Absolute, out var source) && source.Scheme == "https", rule.Source));
        Assert.All(reading.Document.Rules, rule => Assert.NotNull(rule.Label));
        Assert.All(Entries(name), entry => Assert.Equal(EntryKind.Name, entry.Kind));
        Assert.Equal(Entries(name).Count(), Entries(name).Select(entry => entry.Text).Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void OpensNoWayOutThatAnybodyCanHave(string name)
    {
        var entries = Entries(name).ToArray();
        Assert.All(DohServers.Concat(EchOuterNames).Concat(SharedHosts), host => Assert.DoesNotContain(entries, entry => Matches(entry, host)));

        // A wildcard is one too many as soon as some name that anybody can have below the suffix fits it, in whatever depth.
        Assert.All(entries.Where(entry => entry.Text.Contains('*') || entry.Text.StartsWith('.')), entry => Assert.DoesNotContain(
            OpenSuffixes, suffix => entry.Text.EndsWith("." + suffix, StringComparison.Ordinal) || suffix.EndsWith("." + entry.Text.TrimStart('*', '.'), StringComparison.Ordinal)));
    }

    [Fact]
    public void UbuntuIsUbuntusOwn() => Assert.All(Entries("ubuntu"), entry => Assert.EndsWith(".ubuntu.com", entry.Text, StringComparison.Ordinal));

    [Fact]
    public void TheirRulesComeFirstAmongThoseOfPriorityOneHundred()
    {
        var policy = Compile("""
            use: [pypi, anthropic]
            rules:
              - deny: pypi.org
              - deny: api.anthropic.com
                priority: 99
              - pypi.example
            """);
        Assert.Equal(["2", "pypi/1 (index)", "pypi/2 (files)", "anthropic/1 (API)", "1", "3"], policy.Rules.Select(rule => rule.Name));
        Assert.Equal([null, "pypi", "pypi", "anthropic", null, null], policy.Rules.Select(rule => rule.Bundle));
        var judge = new Judge(policy, Mode.Enforce, strict: false, new Guard());
        Assert.Equal((Decision.Allow, "pypi/1 (index)"), Decide(judge, "pypi.org"));
        Assert.Equal((Decision.Deny, "2"), Decide(judge, "api.anthropic.com"));
        Assert.Equal((Decision.Deny, null), Decide(judge, "upload.pypi.org"));
    }

    [Theory]
    [InlineData("use: [pipy]", "did you mean \"pypi\"?")]
    [InlineData("use: [github]", "did you mean \"github-read\"? There are anthropic, ")]
    [InlineData("use: [pypi, go, pypi]", "keep one of them")]
    [InlineData("use: []", "write at least one bundle")]
    [InlineData("use: { pypi: true }", "write at least one bundle")]
    [InlineData("use: [[pypi]]", "write text on one line")]
    [InlineData("use: [Pypi]", "did you mean \"pypi\"?")]
    public void WhatIsNoBundleIsAnErrorWithTheNearestSpelling(string document, string fix)
    {
        var error = Assert.Single(PolicyYaml.Read(document, "p.yaml", "p", Bundles).Errors);
        Assert.Equal(1, error.Line);
        Assert.StartsWith("use", error.Path, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutAFolderEveryBundleIsAnError()
    {
        var error = Assert.Single(PolicyYaml.Read("use: [pypi]", "p.yaml", "p", BundleFolder.Open("/nowhere/at/all")).Errors);
        Assert.Contains("/nowhere/at/all", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void ThoseOfTheProgramLieBesideIt() => Assert.Equal(Bundles.Names, BundleFolder.Open(BundleFolder.BesideProgram).Names);

    private static IEnumerable<PolicyEntry> Entries(string name) => Bundles.Read(name).Document?.Rules.SelectMany(rule => rule.Scope) ?? [];

    private static bool Matches(PolicyEntry entry, string host) =>
        HostName.TryParse(host, out var name) == HostNameSyntax.Valid && name is not null && entry.Pattern?.Matches(name) == true;

    private static Policy Compile(string document)
    {
        var reading = PolicyYaml.Read(document, "p.yaml", "p", Bundles);
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        return PolicyCompiler.Compile(reading.Document, 1, DateTimeOffset.UtcNow);
    }

    private static (Decision, string?) Decide(Judge judge, string host)
    {
        Assert.Equal(HostNameSyntax.Valid, HostName.TryParse(host, out var name));
        Assert.NotNull(name);
        var verdict = judge.JudgeName(name);
        return (verdict.Decision, verdict.Rule?.Name);
    }
}
