using System.Text;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Exports;
using SniProxy.Core.Policies.Imports;
using SniProxy.Policies;

namespace SniProxy.Tests.Policies.Imports;

/// <summary>Whole documents of others, each asked about a hundred destinations: the policy that is made of one says what it says.</summary>
public sealed class ForeignVerdictTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, ForeignDocuments.All.Count)];

    [Fact]
    public void ThereAreThreeOfEachKindAndAHundredDestinations()
    {
        Assert.All(Enum.GetValues<ForeignKind>(), kind => Assert.Equal(3, ForeignDocuments.All.Count(document => document.Kind == kind)));
        Assert.Equal(100, ForeignDestination.All.Select(destination => destination.Text).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void SaysTheSameOfAHundredDestinations(int number)
    {
        var document = ForeignDocuments.All[number];
        var root = PolicyYaml.ReadNodes(Encoding.UTF8.GetBytes(document.Text), "f", out var error);
        Assert.Null(error);
        Assert.NotNull(root);
        var result = PolicyImport.Read(document.Kind, root, "f", "imported", document.Part);
        Assert.Empty(result.Refusals);
        Assert.NotNull(result.Document);

        // Where the policy is stricter than what it was made of, it is said.
        Assert.Equal(document.IsStricterWithoutName, result.Remarks.Any(remark => remark.Message.Contains("where no name can be read", StringComparison.Ordinal)));
        Assert.Equal(document.ListedAddresses is not null, result.Remarks.Any(remark => remark.Message.Contains("TLS to an address that no rule lists", StringComparison.Ordinal)));

        // As it is written, and read by whoever takes it over.
        var reading = PolicyDocumentReader.Read(PolicyDocumentWriter.Write(result.Document), "p", "p");
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        var policy = PolicyCompiler.Compile(reading.Document, revision: 1, Now);
        var judge = new Judge(policy, policy.Mode, strict: false, new Guard(), Circumstances.At(Now));
        Assert.Equal(
            ForeignDestination.All.Select(destination => $"{Expected(document, destination)} {destination.Text}"),
            ForeignDestination.All.Select(destination => $"{Verdict(judge, destination.Text)} {destination.Text}"));
    }

    private static char Expected(ForeignDocument document, ForeignDestination destination) =>
        document.IsStricterWithoutName && destination.IsNameless ? '-'
        : document.IsOpen && destination.IsIn("10.0.0.0/8") ? '-'
        : document.ListedAddresses is { } listed && destination.IsTlsToAddress && !destination.IsIn(listed) ? '-'
        : document.Says(destination);

    private static char Verdict(Judge judge, string text)
    {
        Assert.True(TestDestination.TryParse(text, out var destination, out var fault), $"{text}: {fault.Message}");
        return judge.Explain(destination).Verdict.Decision switch { Decision.Allow => '+', Decision.Audit => '~', _ => '-' };
    }
}
