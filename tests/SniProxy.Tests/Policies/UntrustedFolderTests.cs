using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Cli.Exec;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Enforcement;
using SniProxy.Policies;
using SniProxy.Tests.Events;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Policies;

[Collection(nameof(KernelInterfaces))]
public sealed class UntrustedFolderTests
{
    [Fact]
    public void AFolderThatIsNotTrustedChangesNothingBehindItsFirstReading()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("exec.yaml"), "rules: []");
        var book = Book(folder, isTrusted: false, out var documents, out var metrics);
        using (metrics)
        using (documents)
        {
            documents.Start();
            File.WriteAllText(folder.File("exec.yaml"), "default: allow");
            File.WriteAllText(folder.File("other.yaml"), "default: allow");
            documents.Reload();

            Assert.Equal(["deny-all", "exec"], book.Names);
            Assert.Equal(Decision.Deny, book.JudgeForPolicy("exec")?.Policy?.Default);
        }
    }

    [Fact]
    public void AFolderThatIsTrustedIsReadAnew()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("exec.yaml"), "rules: []");
        var book = Book(folder, isTrusted: true, out var documents, out var metrics);
        using (metrics)
        using (documents)
        {
            documents.Start();
            File.WriteAllText(folder.File("exec.yaml"), "default: allow");
            documents.Reload();

            Assert.Equal(Decision.Allow, book.JudgeForPolicy("exec")?.Policy?.Default);
        }
    }

    [Theory]
    [InlineData("default: allow", Decision.Allow)]
    [InlineData("{default: allow, enabled: false}", Decision.Deny)]
    public void ADisabledPolicyLetsNoUnknownSourceThrough(string document, Decision expected)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.File("guests.yaml"), document);
        var book = Book(new PolicyOptions(folder.Path, Unknown: "guests"), out var documents, out var metrics);
        using (metrics)
        using (documents)
        {
            documents.Start();
            var stranger = new Sandbox { Id = "203.0.113.7", Lifecycle = 0, IsKnown = false };
            Assert.Equal(HostNameSyntax.Valid, HostName.TryParse("x.example", out var name));
            Assert.NotNull(name);

            Assert.Equal(expected, book.JudgeFor(stranger).JudgeName(name).Decision);
        }
    }

    [Fact]
    public async Task TheCommandOfExecCannotChangeItsPolicy()
    {
        using var folder = new TempFolder();
        await using var sandbox = await SandboxNamespace.CreateAsync(folder.File("run/exec"), TestContext.Current.CancellationToken);

        Assert.False(ExecAppliance.Options(sandbox, ExecPolicy.Choose(null, []), null, ["192.0.2.1"]).Policies.IsFolderTrusted);
    }

    private static PolicyBook Book(TempFolder folder, bool isTrusted, out PolicyFolder documents, out PoliciesMetrics metrics) =>
        Book(new PolicyOptions(folder.Path, IsFolderTrusted: isTrusted), out documents, out metrics);

    private static PolicyBook Book(PolicyOptions options, out PolicyFolder documents, out PoliciesMetrics metrics)
    {
        var book = new PolicyBook(options, new Guard(), StrictSwitch.Off, TestRevisions.From(1), (_, _) => { });
        metrics = new PoliciesMetrics(book);
        documents = new PolicyFolder(options, book, metrics, new PoliciesLog(NullLogger<PoliciesLog>.Instance), TimeProvider.System);
        return book;
    }
}
