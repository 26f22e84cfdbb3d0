namespace SniProxy.Tests.House;

/// <summary>What CONTRIBUTING says of files.</summary>
public sealed class FileTests
{
    private const int Long = 200;

    [Fact]
    public void AFileOverTwoHundredLinesSaysWhyFirst() => Assert.Empty(
        SourceTree.SourcesOf(Path.Combine(SourceTree.Root, "src"))
            .Where(file => File.ReadLines(file).Count() > Long && !File.ReadLines(file).First().StartsWith("// Over 200 lines: ", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(SourceTree.Root, file)));

    [Fact]
    public void NoMergeIsLeftInPlace() => Assert.Empty(
        SourceTree.SourcesOf(Path.Combine(SourceTree.Root, "src"))
            .Concat(SourceTree.SourcesOf(Path.Combine(SourceTree.Root, "tests")))
            .Where(file => File.ReadLines(file).Any(line => line.StartsWith("<<<<<<< ", StringComparison.Ordinal) || line.StartsWith(">>>>>>> ", StringComparison.Ordinal)))
            .Select(file => Path.GetRelativePath(SourceTree.Root, file)));
}
