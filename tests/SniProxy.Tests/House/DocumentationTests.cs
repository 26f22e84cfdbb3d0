using System.Reflection;
using System.Text.RegularExpressions;
using SniProxy.Cli;
using SniProxy.Core.Contract;

namespace SniProxy.Tests.House;

/// <summary>What README and the examples say is what the sources do.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(SourceTree.Root, "README.md"));

    // The variables of Hosting/Configuration, each with the section it reads.
    private static readonly Dictionary<string, string> Sections = new()
    {
        ["root"] = "",
        ["proxy"] = "Proxy:",
        ["listener"] = "Proxy:Listeners:N:",
        ["dns"] = "Dns:",
        ["tunnelling"] = "Dns:Tunnelling:",
        ["api"] = "Api:",
        ["policies"] = "Policies:",
        ["binding"] = "Policies:Bindings:N:",
        ["sandbox"] = "Sandboxes:N:",
        ["guard"] = "Guard:",
        ["storage"] = "Storage:",
        ["events"] = "Events:",
        ["enforcement"] = "Enforcement:",
    };

    public static TheoryData<string> DocumentsWithCommands =>
        ["README.md", "SECURITY.md", "CONTRIBUTING.md", .. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "deploy"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".yaml" or ".service").Select(file => Path.GetRelativePath(SourceTree.Root, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(DocumentsWithCommands))]
    public void CommandsAreWrittenAsTheProgramReadsThem(string document)
    {
        var wrong = new List<string>();
        foreach (var line in Commands(document))
        {
            var errors = SniProxyCommand.Create().Parse(Words(line)).Errors;
            wrong.AddRange(errors.Select(error => $"{line}: {error.Message}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void ReadmeShowsEveryVerb()
    {
        var shown = Commands("README.md").Select(line => Words(line)[0]).ToHashSet();
        Assert.Empty(SniProxyCommand.Create().Subcommands.Select(verb => verb.Name).Except(shown));
    }

    [Fact]
    public void ReadmeListsTheKeysThatTheConfigurationReads()
    {
        var source = string.Concat(SourceTree.SourcesOf(Path.Combine(SourceTree.Appliance, "Hosting/Configuration")).Select(File.ReadAllText));
        var read = new HashSet<string>();
        foreach (var match in ReadKey().Matches(source).Concat(ReadKeyByMethod().Matches(source)))
        {
            read.Add(Sections[match.Groups["section"].Value] + match.Groups["key"].Value);
        }

        // A key that holds others is listed by them.
        read.RemoveWhere(key => read.Any(other => other.StartsWith(key + ":", StringComparison.Ordinal)));
        Assert.Equal(read.Order(StringComparer.Ordinal), Listed("Configuration"));
    }

    [Fact]
    public void ReadmeListsTheFieldsOfEvents()
    {
        string[] chain = ["seq", "prev", "hash"];
        var source = File.ReadAllText(Path.Combine(SourceTree.Appliance, "Events/EventJson.cs"));
        var written = WrittenField().Matches(source).Select(match => match.Groups[1].Value).Concat(chain).Distinct();
        Assert.Equal(written.Order(StringComparer.Ordinal), Listed("Events"));
    }

    [Fact]
    public void ReadmeListsTheMetrics()
    {
        var made = SourceTree.SourcesOf(SourceTree.Appliance).SelectMany(file => Instrument().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value));
        Assert.Equal(made.Distinct().Order(StringComparer.Ordinal), Listed("Metrics"));
    }

    [Fact]
    public void AlertsAreAboutMetricsThatExist()
    {
        var alerts = File.ReadAllText(Path.Combine(SourceTree.Root, "deploy/prometheus/alerts.yaml"));
        Assert.Empty(MetricName().Matches(alerts).Select(match => match.Value).Distinct().Except(Listed("Metrics")));
    }

    [Fact]
    public void ReadmeListsTheExitStatuses()
    {
        var known = typeof(ExitStatus).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => $"{field.GetRawConstantValue()}");
        Assert.Equal(known.Order(StringComparer.Ordinal), Listed("Exit statuses"));
    }

    [Fact]
    public void ReadmeListsTheReasons()
    {
        var known = Enum.GetValues<Reason>().Where(reason => reason != Reason.None).Select(reason => reason.Identifier());
        Assert.Equal(known.Order(StringComparer.Ordinal), Listed("Reasons"));
    }

    [Fact]
    public void LinksLeadToFilesThatExist()
    {
        var broken = new List<string>();
        foreach (var document in (string[])["README.md", "SECURITY.md", "CONTRIBUTING.md"])
        {
            broken.AddRange(Link().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, document))).Select(match => match.Groups[1].Value)
                .Where(link => !link.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(SourceTree.Root, link))).Select(link => $"{document}: {link}"));
        }

        Assert.Empty(broken);
    }

    [Fact]
    public void SecurityNamesTestsThatExist()
    {
        var classes = SourceTree.SourcesOf(Path.Combine(SourceTree.Root, "tests")).Select(file => Path.GetFileNameWithoutExtension(file)).ToHashSet();
        var named = TestClass().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "SECURITY.md"))).Select(match => match.Groups[1].Value);
        Assert.Empty(named.Except(classes));
    }

    // The first column of the tables below a heading.
    private static IEnumerable<string> Listed(string heading)
    {
        var section = Regex.Match(Readme, $"^##+ {Regex.Escape(heading)}$(.*?)(?=^##|\\z)", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
        return section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(line => Quoted().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value)).Order(StringComparer.Ordinal);
    }

    // What stands in a fence, between backticks, or where a unit or a job names its command; from the verb on.
    private static IEnumerable<string> Commands(string document)
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, document)).Replace("\\\n", " ", StringComparison.Ordinal);
        // A verb by itself is only mentioned.
        var places = Path.GetExtension(document) == ".md"
            ? Fence().Matches(text).Concat(Quoted().Matches(Fence().Replace(text, "")).Where(place => place.Value.Count(letter => letter == ' ') > 1))
            : CommandOfFile().Matches(text);
        return places.SelectMany(place => Command().Matches(place.Value)).Select(match => match.Groups[1].Value.Replace("$INTERFACES", "--interface IF", StringComparison.Ordinal));
    }

    // As a shell would part them, as far as the examples need it.
    private static string[] Words(string line) => [.. Word().Matches(line).Select(match => match.Value.Trim('"', '\''))];

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^(ExecStart=|ExecReload=|[ -]*sudo ).*$", RegexOptions.Multiline)]
    private static partial Regex CommandOfFile();

    [GeneratedRegex(@"\bsniproxy""? ((?:run|exec|check|test|policy|rules|doctor|sandbox|strict|grant)\b[^|>&;`#\n]*)")]
    private static partial Regex Command();

    [GeneratedRegex(@"""[^""]*""|'[^']*'|\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(?<section>[a-z]+)\.(?:Text|RequiredText|Texts|Duration|Integer|Number|Flag|Choice<\w+>|Endpoint|Map|List|Section)\(""(?<key>\w+)""")]
    private static partial Regex ReadKey();

    [GeneratedRegex(@"\bReadPorts\((?<section>[a-z]+), ""(?<key>\w+)""")]
    private static partial Regex ReadKeyByMethod();

    [GeneratedRegex(@"""(\w+)"":")]
    private static partial Regex WrittenField();

    [GeneratedRegex(@"Create\w+(?:<\w+>)?\(\s*""(sniproxy_\w+)""")]
    private static partial Regex Instrument();

    [GeneratedRegex(@"\bsniproxy_\w+")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`([A-Z]\w+)`(?=[^|\n]*\|\s*$)", RegexOptions.Multiline)]
    private static partial Regex TestClass();
}
