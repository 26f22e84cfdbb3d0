using System.Diagnostics;

namespace SniProxy.Tests.Cli;

/// <summary>What the program says to words it does not understand, as a shell sees it.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("bogus", 2, "\"bogus\" is no verb. Write one of run, exec, check, test, policy, rules, doctor, sandbox, strict, grant.", "see sniproxy --help")]
    [InlineData("strict maybe", 2, "\"maybe\" is no verb. Write one of", "see sniproxy strict --help")]
    [InlineData("sandbox", 2, "A verb is missing. Write one of list,", "see sniproxy sandbox --help")]
    [InlineData("sandbox add", 2, "Option '--address' is required.", "see sniproxy sandbox add --help")]
    [InlineData("run --set Foo", 2, "--set Foo: there is no value. Write --set KEY=VALUE.", "")]
    [InlineData("run --set Foo=1", 78, "SniProxy:Foo: is not a known key. Known here: ", "")]
    [InlineData("run --config /dev/null/none", 78, "/dev/null/none: ", "")]
    [InlineData("exec --mode bad -- true", 2, "Argument 'bad' not recognized. Must be one of: 'enforce' 'shadow' 'observe'", "see sniproxy exec --help")]
    [InlineData("exec --policy /nowhere.yaml -- true", 78, "--policy /nowhere.yaml: there is no such file.", "")]
    [InlineData("test --policy /nowhere.yaml a.example", 78, "there is no such file", "")]
    public async Task SaysWhatIsWrongAndEndsInItsStatus(string words, int status, string message, string hint)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "sniproxy.dll"), .. words.Split(' ')]) { RedirectStandardError = true };
        using var program = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start");
        var error = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((words, status), (words, program.ExitCode));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Contains(hint, error, StringComparison.Ordinal);
        Assert.All(error.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("sniproxy: ", line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }
}
