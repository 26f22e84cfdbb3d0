using SniProxy.Cli.Exec;
using SniProxy.Enforcement;
using SniProxy.Policies;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Cli;

/// <summary>The private appliance of a run. Needs root, as the run does.</summary>
[Collection(nameof(KernelInterfaces))]
public sealed class ExecApplianceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("rules: [api.example]")]
    [InlineData("name: agents\nrules: [api.example]")]
    public async Task IsJudgedByItsPolicyWhateverThatIsCalled(string document)
    {
        var file = Path.Combine(_folder.Path, "written.yaml");
        await File.WriteAllTextAsync(file, document);
        var policy = ExecPolicy.Choose(file, []);
        await using var sandbox = await SandboxNamespace.CreateAsync(Path.Combine(_folder.Path, "exec"));
        policy.WriteTo(ExecAppliance.PolicyFolder(sandbox));

        var options = ExecAppliance.Options(sandbox, policy, null, []).Policies;

        Assert.Contains(options.Default, PolicyFolder.FilesOf(options.Folder).Select(one => PolicyFile.Read(one, 1, TimeProvider.System.GetUtcNow()).Policy?.Name));
    }

    public void Dispose() => _folder.Dispose();
}
