using System.Text.RegularExpressions;

namespace SniProxy.Tests.House;

/// <summary>The one rule of the house: a room uses lower storeys only.</summary>
public sealed partial class StoreyTests
{
    private static readonly Dictionary<string, int> Storeys = new()
    {
        ["Cli"] = 6,
        ["Hosting"] = 5,
        ["Proxy"] = 4,
        ["Dns"] = 4,
        ["Api"] = 4,
        ["Policies"] = 3,
        ["Sandboxes"] = 3,
        ["Resolutions"] = 3,
        ["Flows"] = 3,
        ["Enforcement"] = 3,
        ["Events"] = 2,
        ["Storage"] = 1,
    };

    [Fact]
    public void EveryRoomHasAStorey() =>
        Assert.Equal(Storeys.Keys.Order(StringComparer.Ordinal), SourceTree.RoomsOf(SourceTree.Appliance).Order(StringComparer.Ordinal));

    [Fact]
    public void RoomsUseLowerStoreysOnly()
    {
        var breaches = new List<string>();
        foreach (var (room, storey) in Storeys)
        {
            foreach (var file in SourceTree.SourcesOf(Path.Combine(SourceTree.Appliance, room)))
            {
                foreach (var other in RoomsNamedIn(File.ReadAllText(file)))
                {
                    if (other != room && Storeys[other] >= storey)
                    {
                        breaches.Add($"{Path.GetRelativePath(SourceTree.Root, file)} (storey {storey}) uses {other} (storey {Storeys[other]})");
                    }
                }
            }
        }

        Assert.Empty(breaches);
    }

    [Fact]
    public void NamespacesAreTheRooms()
    {
        var strangers = new List<string>();
        foreach (var (project, root) in new[] { (SourceTree.Appliance, "SniProxy"), (SourceTree.Core, "SniProxy.Core") })
        {
            foreach (var room in SourceTree.RoomsOf(project))
            {
                strangers.AddRange(SourceTree.SourcesOf(Path.Combine(project, room))
                    .Where(file => !NamespaceLine().Match(File.ReadAllText(file)).Groups[1].Value.StartsWith($"{root}.{room}", StringComparison.Ordinal))
                    .Select(file => Path.GetRelativePath(SourceTree.Root, file)));
            }
        }

        Assert.Empty(strangers);
    }

    [Fact]
    public void CoreTouchesNothingOutside()
    {
        var forbidden = ForbiddenInCore();
        Assert.Empty(SourceTree.SourcesOf(SourceTree.Core)
            .SelectMany(file => forbidden.Matches(File.ReadAllText(file)).Select(match => $"{Path.GetRelativePath(SourceTree.Root, file)}: {match.Value.Trim()}")));
    }

    [Fact]
    public void ArchitectureNamesExactlyTheRoomsThatExist()
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, "src/ARCHITECTURE.md"));
        var named = RoomHeading().Matches(text).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);
        var existing = SourceTree.RoomsOf(SourceTree.Appliance).Concat(SourceTree.RoomsOf(SourceTree.Core).Select(room => $"Core/{room}")).Order(StringComparer.Ordinal);
        Assert.Equal(existing, named);
    }

    private static IEnumerable<string> RoomsNamedIn(string source) => RoomReference().Matches(source).Select(match => match.Groups[1].Value).Where(Storeys.ContainsKey).Distinct();

    // A using directive, or a qualified name from the root or from a sibling namespace.
    [GeneratedRegex(@"\bSniProxy\.([A-Z][A-Za-z]+)\b")]
    private static partial Regex RoomReference();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^\| `([A-Za-z/]+)` \|", RegexOptions.Multiline)]
    private static partial Regex RoomHeading();

    [GeneratedRegex(@"\b(using System\.IO;|File\.|Directory\.|new Socket|DateTime(Offset)?\.(Utc)?Now|Stopwatch\.|Environment\.TickCount|Microsoft\.Extensions|Thread\.|Task\.|Console\.)")]
    private static partial Regex ForbiddenInCore();
}
