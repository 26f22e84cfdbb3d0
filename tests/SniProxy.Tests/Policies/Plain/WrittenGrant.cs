using System.Collections.Immutable;
using SniProxy.Core.Policies;
using SniProxy.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>A grant as it was given, and what became of it since.</summary>
internal sealed record WrittenGrant
{
    public required string Id { get; init; }

    /// <summary>Null where <see cref="Labels"/> say whom it is for.</summary>
    public string? Sandbox { get; init; }

    public long? Lifecycle { get; init; }

    public Dictionary<string, string> Labels { get; init; } = [];

    public required WrittenEntry[] Entries { get; init; }

    /// <summary>What is left of its time; zero and less where it is over.</summary>
    public TimeSpan Left { get; init; }

    public int? MaxUses { get; init; }

    public int Uses { get; init; }

    public bool IsByAdmin { get; init; }

    /// <summary>It opens something to a new connection of this sandbox.</summary>
    public bool StandsFor(WrittenSandbox sandbox) => sandbox.IsKnown && Left > TimeSpan.Zero && !(Uses >= MaxUses) && (Sandbox is not null
        ? Sandbox == sandbox.Id && Lifecycle == sandbox.Lifecycle
        : Labels.All(label => sandbox.Labels.TryGetValue(label.Key, out var value) && value == label.Value));

    public Grant ToGrant(TimeProvider clock) => new()
    {
        Id = Id,
        Sandbox = Sandbox,
        Lifecycle = Lifecycle,
        Labels = Labels.ToImmutableDictionary(),
        Entries = [.. Entries.Select(entry => Read(entry.Text))],
        Ttl = TimeSpan.FromHours(1),
        MaxUses = MaxUses,
        Uses = Uses,
        Actor = "test",
        IsByAdmin = IsByAdmin,
        Created = clock.GetUtcNow(),
        Expires = clock.GetUtcNow() + Left,
        EndsAt = clock.GetTimestamp() + Left.Ticks,
    };

    private static PolicyEntry Read(string text)
    {
        Assert.True(EntryReader.TryRead(text, isAllow: true, out var entry, out var fault), $"{text}: {fault.Message}");
        return entry;
    }
}
