using SniProxy.Cli;
using SniProxy.Core.Policies;

namespace SniProxy.Tests.House;

/// <summary>The published schema is what the code makes.</summary>
public sealed class SchemaTests
{
    [Fact]
    public async Task ThePublishedSchemaIsTheOneTheProgramPrints()
    {
        var output = new StringWriter();
        Assert.Equal(0, await SniProxyCommand.RunAsync(["policy", "schema"], output, TextWriter.Null));
        Assert.Equal(PolicySchema.Write(), output.ToString());
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(SourceTree.Root, "deploy/policy.schema.json"), TestContext.Current.CancellationToken), output.ToString());
    }
}
