using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Contract;
using SniProxy.Events;

namespace SniProxy.Tests.Events;

/// <summary>Changes stand in a file of their own, each written before anybody hears that it was made.</summary>
public sealed class ChangeLogTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EachIsALineAtOnceAndTheChainGoesOnOverARestart()
    {
        for (var run = 0; run < 2; run++)
        {
            using var log = Open(folder.Path);
            log.Record(Change("ann"));
            log.Record(Change("ben"));
            Assert.Equal(2 * (run + 1), Lines().Count);
        }

        Assert.Equal([1, 2, 3, 4], Lines().Select(line => line.GetProperty("seq").GetInt32()));
        Assert.Equal(["ann", "ben", "ann", "ben"], Lines().Select(line => line.GetProperty("actor").GetString()));
        Assert.All(Lines(), line => Assert.Equal(("change", JsonValueKind.Null), (line.GetProperty("kind").GetString(), line.GetProperty("verdict").ValueKind)));
    }

    [Fact]
    public void WhatCannotBeWrittenWaitsForTheNext()
    {
        var path = folder.File("later");
        using var log = Open(path);
        File.WriteAllText(path, "in the way");
        log.Record(Change("ann"));
        File.Delete(path);
        Directory.CreateDirectory(path);
        log.Record(Change("ben"));
        Assert.Equal(2, File.ReadLines(Path.Combine(path, ChangeLog.FileName)).Count());
    }

    private static ChangeLog Open(string path) => new(path, new EventOptions(), NullLogger<ChangeLog>.Instance);

    private static FlowEvent Change(string actor) => new()
    {
        Id = actor, Time = DateTimeOffset.UnixEpoch, Kind = EventKind.Change, Verdict = Decision.Allow, Actor = actor, Message = "strict on",
    };

    private List<JsonElement> Lines() =>
        [.. File.ReadLines(folder.File(ChangeLog.FileName)).Select(line => JsonDocument.Parse(line).RootElement)];
}
