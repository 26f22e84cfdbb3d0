using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Tests.Events;
using SniProxy.Tests.Resolutions;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Policies;

public sealed class PolicyFolderTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TempFolder folder = new();
    private readonly ShiftedClock clock = new();
    private readonly PolicyBook book;
    private readonly PoliciesMetrics metrics;
    private readonly PolicyFolder policies;
    private readonly SemaphoreSlim changed = new(0);

    public PolicyFolderTests()
    {
        var options = new PolicyOptions(folder.File("policies"), BundlesFolder: folder.File("bundles"));
        book = new PolicyBook(options, new Guard(), StrictSwitch.Off, TestRevisions.From(0), (_, _) => { }, clock);
        metrics = new PoliciesMetrics(book);
        policies = new PolicyFolder(options, book, metrics, new PoliciesLog(NullLogger<PoliciesLog>.Instance), clock);
        book.Changed += () => changed.Release();
    }

    public void Dispose()
    {
        policies.Dispose();
        metrics.Dispose();
        changed.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void AnEmptyFolderDeniesEverything()
    {
        policies.Start();
        Assert.Equal([PolicyOptions.DenyAll], book.Names);
        Assert.Equal(Reason.PolicyMissing, Refusal("default"));
    }

    [Fact]
    public void TakesYamlAndJsonAndNothingElse()
    {
        Write("a.yaml", "rules: [a.example]");
        Write("b.yml", "rules: [b.example]");
        Write("c.json", """{"rules": ["c.example"], "name": "named"}""");
        Write("d.txt", "rules: [d.example]");
        Write("e.yaml~", "rules: [e.example]");
        policies.Start();
        Assert.Equal(["a", "b", PolicyOptions.DenyAll, "named"], book.Names);
        Assert.Empty(book.LoadErrors);
    }

    [Fact]
    public async Task TakesOverWhatIsWrittenLater()
    {
        policies.Start();
        await WaitForAsync(() => true);
        Write("default.yaml", "default: allow");
        await WaitForAsync(() => Default() == Decision.Allow);
        Write("default.yaml", "default: audit");
        await WaitForAsync(() => Default() == Decision.Audit);
        File.Move(In("default.yaml"), In("other.yaml"));
        await WaitForAsync(() => Default() is null && book.Names.Contains("other"));
        File.Delete(In("other.yaml"));
        await WaitForAsync(() => !book.Names.Contains("other"));
    }

    [Fact]
    public void ABrokenDocumentLeavesItsLastGoodVersionInForce()
    {
        Write("default.yaml", "default: audit");
        policies.Start();
        Write("default.yaml", "default: allow\nrulez: []");
        policies.Reload();
        Assert.Equal(Decision.Audit, Default());
        Assert.Contains("rulez", book.LoadError("default"), StringComparison.Ordinal);
        policies.Reload();
        Assert.Equal(Decision.Audit, Default());
        Write("default.yaml", "default: allow");
        policies.Reload();
        Assert.Equal(Decision.Allow, Default());
        Assert.Null(book.LoadError("default"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("mode: lenient")]
    public void ABrokenDocumentWithoutALastGoodVersionDenies(string text)
    {
        Write("default.yaml", text);
        policies.Start();
        Assert.Equal(Reason.PolicyMissing, Refusal("default"));
        Assert.NotNull(book.LoadError("default"));
    }

    [Fact]
    public void AHugeFileIsRefusedWithoutBeingRead()
    {
        policies.Start();
        using (var file = File.Create(In("default.yaml")))
        {
            file.SetLength(8L * 1024 * 1024 * 1024);
        }

        policies.Reload();
        Assert.Equal(Reason.PolicyMissing, Refusal("default"));
        Assert.Contains("1 MiB", book.LoadError("default"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheFirstOfTwoFilesWithOneNameHasIt()
    {
        Write("a.yaml", "name: shared\ndefault: audit");
        Write("b.yaml", "name: shared\ndefault: allow");
        policies.Start();
        Assert.Equal(Decision.Audit, book.JudgeForPolicy("shared")?.Policy?.Default);
        Assert.Contains("b.yaml", book.LoadError("shared"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sly.yaml", "name: deny-all\ndefault: allow")]
    [InlineData("deny-all.yaml", "default: allow")]
    public void TheNameDenyAllIsReserved(string file, string text)
    {
        Write(file, text);
        policies.Start();
        Assert.Contains("deny-all", Assert.Single(book.LoadErrors).Value, StringComparison.Ordinal);
        Assert.Null(book.JudgeForPolicy(PolicyOptions.DenyAll)?.Policy);
        Assert.Equal(Reason.Default, Refusal(PolicyOptions.DenyAll));
    }

    [Fact]
    public async Task ARuleThatExpiresIsTakenOutWhenItDoes()
    {
        var expiry = clock.GetUtcNow().AddMinutes(30);
        Write("default.yaml", $"rules: [{{ allow: [a.example], expires: {expiry:yyyy-MM-ddTHH:mm:ssZ} }}, b.example]");
        policies.Start();
        Assert.Equal(2, Rules());
        clock.Advance(TimeSpan.FromHours(1));
        policies.Reload();
        Assert.Equal(1, Rules());

        // The appliance's own timer, a second from now.
        expiry = clock.GetUtcNow().AddSeconds(1.5);
        Write("default.yaml", $"rules: [{{ allow: [a.example], expires: {expiry:yyyy-MM-ddTHH:mm:ssZ} }}, b.example, c.example]");
        policies.Reload();
        await WaitForAsync(() => Rules() == 2);

        int? Rules() => book.JudgeForPolicy("default")?.Policy?.Rules.Count;
    }

    // The last good version has rules that end like any other's.
    [Fact]
    public void ARuleThatExpiresIsTakenOutOfALastGoodVersionToo()
    {
        var expiry = clock.GetUtcNow().AddMinutes(30);
        Write("default.yaml", $"rules: [{{ allow: [a.example], expires: {expiry:yyyy-MM-ddTHH:mm:ssZ} }}, b.example]");
        policies.Start();
        Write("default.yaml", "rulez: []");
        policies.Reload();
        Assert.Equal(2, book.JudgeForPolicy("default")?.Policy?.Rules.Count);
        clock.Advance(TimeSpan.FromHours(1));
        policies.Reload();
        Assert.Equal(1, book.JudgeForPolicy("default")?.Policy?.Rules.Count);
    }

    [Fact]
    public void AnExpiredRuleMatchesNoLongerEvenBeforeItIsTakenOut()
    {
        var expiry = clock.GetUtcNow().AddMinutes(30);
        Write("default.yaml", $"default: allow\nrules: [{{ deny: any, expires: {expiry:yyyy-MM-ddTHH:mm:ssZ} }}]");
        policies.Start();
        Assert.Equal(Reason.Rule, NameReason());
        clock.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal(Reason.Default, NameReason());
        Assert.Single(book.JudgeForPolicy("default")?.Policy?.Rules ?? []);

        Reason NameReason() => book.JudgeFor(new Sandbox { Id = "box", Lifecycle = 1 }).JudgeName(Wire.Host("x.example")).Reason;
    }

    [Fact]
    public void WhatABundleHoldsIsReadAnewAndABrokenOneChangesNothing()
    {
        const string Bundle = "{ owner: us, edition: 2026-11-26, rules: [{ allow: [HOSTS], source: a page }] }";
        WriteBundle(Bundle.Replace("HOSTS", "a.example", StringComparison.Ordinal));
        Write("default.yaml", "use: [ours]");
        policies.Start();
        Assert.Equal((true, false), (Allows("a.example"), Allows("b.example")));
        WriteBundle(Bundle.Replace("HOSTS", "b.example", StringComparison.Ordinal));
        policies.Reload();
        Assert.Equal((false, true), (Allows("a.example"), Allows("b.example")));
        WriteBundle(Bundle.Replace("HOSTS", "any", StringComparison.Ordinal));
        policies.Reload();
        Assert.Equal((false, true), (Allows("a.example"), Allows("b.example")));
        Assert.Contains("the bundle \"ours\" has 1 errors", book.LoadError("default"), StringComparison.Ordinal);
        File.Delete(Path.Combine(folder.File("bundles"), "ours.yaml"));
        policies.Reload();
        Assert.True(Allows("b.example"));
        Assert.Contains("\"ours\" is no bundle", book.LoadError("default"), StringComparison.Ordinal);

        bool Allows(string name) => book.JudgeForPolicy("default")?.JudgeName(Wire.Host(name)).Decision == Decision.Allow;
    }

    [Fact]
    public void PoliciesCarryTheRevisionTheyCameWith()
    {
        Write("default.yaml", "rules: []");
        policies.Start();
        Assert.Equal(book.Revision, book.JudgeForPolicy("default")?.Policy?.Revision);
        policies.Reload();
        Assert.Equal(book.Revision, book.JudgeForPolicy("default")?.Policy?.Revision);
    }

    private string In(string name) => Path.Combine(folder.File("policies"), name);

    // A copy that somebody makes to work on keeps the name inside.
    [Fact]
    public void AnotherFileDoesNotTakeThePlaceOfAPolicyThatIsInForce()
    {
        Write("default.yaml", "name: default\nrules: []");
        policies.Start();
        Write("copy.yaml", "name: default\ndefault: allow");
        policies.Reload();
        Assert.Equal(Decision.Deny, Default());
        Assert.Contains("copy.yaml: another file has a policy of the name", book.LoadError("default"), StringComparison.Ordinal);
        Write("default.yaml", "name: [");
        policies.Reload();
        Assert.Equal(Decision.Deny, Default());
    }

    // As a careful editor does it: never half a file.
    private void Write(string name, string text)
    {
        Directory.CreateDirectory(folder.File("policies"));
        File.WriteAllText(In(name) + ".new", text);
        File.Move(In(name) + ".new", In(name), overwrite: true);
    }

    private void WriteBundle(string text)
    {
        Directory.CreateDirectory(folder.File("bundles"));
        File.WriteAllText(Path.Combine(folder.File("bundles"), "ours.yaml"), text);
    }

    private Decision? Default() => book.JudgeForPolicy("default")?.Policy?.Default;

    private Reason Refusal(string policy) =>
        book.JudgeFor(new Sandbox { Id = "box", Lifecycle = 1, Policy = policy }).Begin(new FlowFacts { Port = 443 }).Verdict.Reason;

    private async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!condition())
        {
            await changed.WaitAsync(patience.Token);
        }
    }
}
