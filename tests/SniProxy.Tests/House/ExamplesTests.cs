using SniProxy.Enforcement;
using SniProxy.Hosting;
using SniProxy.Hosting.Configuration;
using SniProxy.Policies;

namespace SniProxy.Tests.House;

/// <summary>The files in <c>deploy/</c> are what the program takes.</summary>
public sealed class ExamplesTests
{
    private static readonly string Deploy = Path.Combine(SourceTree.Root, "deploy");

    public static TheoryData<string> Policies => [.. PolicyFolder.FilesOf(Path.Combine(Deploy, "policies")).Select(file => Path.GetFileName(file))];

    public static TheoryData<string> Configurations => ["appsettings.example.json", "container.json", "../appsettings.json"];

    [Theory]
    [MemberData(nameof(Policies))]
    public void PolicyIsGood(string file)
    {
        var reading = PolicyFile.Read(Path.Combine(Deploy, "policies", file), revision: 1, TimeProvider.System.GetUtcNow());

        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Policy);
        Assert.Equal(Path.GetFileNameWithoutExtension(file), reading.Policy.Name);
    }

    [Theory]
    [MemberData(nameof(Configurations))]
    public void ConfigurationIsGood(string file) => Assert.NotEmpty(ApplianceConfiguration.Load(Path.Combine(Deploy, file), []).Proxy.Listeners);

    [Theory]
    [InlineData("redirect.nft", "transparent")]
    [InlineData("tproxy.nft", "tproxy")]
    public void RulesAreThoseOfTheProgram(string file, string listener)
    {
        var options = ApplianceConfiguration.Load(
            Path.Combine(Deploy, "appsettings.example.json"),
            [
                KeyValuePair.Create("Proxy:Listeners:2:Name", (string?)"tproxy"),
                KeyValuePair.Create("Proxy:Listeners:2:Kind", (string?)"TProxy"),
                KeyValuePair.Create("Proxy:Listeners:2:Endpoint", (string?)"[::]:8444"),
            ]);

        Assert.Equal(File.ReadAllText(Path.Combine(Deploy, "nftables", file)), Ruleset.Script(ApplianceRules.For(options, ["br-sandboxes"], listener)));
    }
}
