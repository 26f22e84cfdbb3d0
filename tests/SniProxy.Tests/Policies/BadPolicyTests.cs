using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Tests.House;

namespace SniProxy.Tests.Policies;

/// <summary>
/// Policies that are wrong, each named after its fault. Behind each stands what is told of it: line, column, path, what is wrong, and what to
/// write instead; a line that ends with … may go on.
/// </summary>
public sealed class BadPolicyTests
{
    private static readonly string Folder = Path.Combine(SourceTree.Root, "tests/SniProxy.Tests/Policies/Bad");

    public static TheoryData<string> Faults => [.. PolicyFolder.FilesOf(Folder).Select(file => Path.GetFileNameWithoutExtension(file))];

    [Theory]
    [MemberData(nameof(Faults))]
    public void IsRefusedWithPlaceFaultAndFix(string fault)
    {
        var file = Path.Combine(Folder, fault + ".yaml");
        var expected = File.ReadLines(file).Where(line => line.StartsWith("# ", StringComparison.Ordinal)).Select(line => line[2..]).ToArray();
        Assert.NotEmpty(expected);
        var reading = PolicyFile.Read(file, revision: 1, DateTimeOffset.UnixEpoch, BundleFolder.Open(Path.Combine(SourceTree.Root, "deploy/bundles")));
        Assert.Null(reading.Policy);
        Assert.Equal(expected.Length, reading.Errors.Count);
        Assert.All(expected.Zip(reading.Errors.Select(Told)), pair => Assert.True(
            pair.First.EndsWith(" …", StringComparison.Ordinal) ? pair.Second.StartsWith(pair.First[..^1], StringComparison.Ordinal) : pair.First == pair.Second, $"{pair.Second}\n(and not: {pair.First})"));
        Assert.All(reading.Errors, error => Assert.True(error.File == file && error is { Line: > 0, Column: > 0, Fix.Length: > 0 }, $"{error}"));
    }

    [Fact]
    public void ThereAreThirtyAtLeast() => Assert.True(Faults.Count >= 30);

    // As it is printed, without the file's name.
    private static string Told(PolicyError error) => error.ToString()[(error.File.Length + 1)..].Replace("): ", ": ", StringComparison.Ordinal);
}
