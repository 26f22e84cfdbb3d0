using System.Globalization;
using System.Text.Json;
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;
using SniProxy.Storage;

namespace SniProxy.Resolutions.Synthetic;

/// <summary>Keeps over a restart which name has which slot: a document for each block of slots, so that a new name writes little.</summary>
internal sealed class SyntheticStore(IStore store, SyntheticPool pool)
{
    private const string Kind = "synthetic";
    private const string Actor = "dns";

    // As many as bindings may make sandboxes. Lives that nobody lives any more are the ones that were written to longest ago.
    private const int MostLives = 65_536;

    /// <summary>The latest life of each sandbox. What is left of earlier ones is forgotten by the way.</summary>
    /// <exception cref="StoreException">One of them cannot be read.</exception>
    public IReadOnlyList<StoredNames> Load()
    {
        var lives = store.List(Kind)
            .Select(document => (Block: document.Read(Kind, json => Read(document.Id, json)), document.Id, document.Revision))
            .GroupBy(document => document.Block.Life.Token)
            .Select(life => (Documents: life.ToList(), Revision: life.Max(document => document.Revision)))
            .OrderByDescending(life => life.Revision)
            .ToList();
        var latest = lives.DistinctBy(life => life.Documents[0].Block.Life.Key).Take(MostLives).ToList();
        var over = lives.Except(latest).SelectMany(life => life.Documents).Select(document => new StoreChange(Kind, document.Id, null)).ToList();
        if (over.Count > 0)
        {
            store.Apply(over, Actor);
        }

        return
        [
            .. latest.Select(life => LayOut([.. life.Documents.Select(document => document.Block)])),
        ];
    }

    /// <summary>Makes all changes or none.</summary>
    public void Apply(IReadOnlyList<StoreChange> changes) => store.Apply(changes, Actor);

    /// <summary>A block as it is now; null for one that is to be forgotten.</summary>
    public StoreChange Change(SyntheticLife life, int block, HostName?[]? names) =>
        new(Kind, string.Create(CultureInfo.InvariantCulture, $"{life.Token}.{block:D7}"), names is null ? default(ReadOnlyMemory<byte>?) : Write(life, names)) { IsRoutine = true };

    private StoredNames LayOut(List<Block> blocks)
    {
        var written = new SyntheticPool(blocks[0].Pool);
        var slots = blocks.SelectMany(block => block.Slots).Where(one => one.Slot < written.Capacity).ToList();
        var stored = new StoredNames(blocks[0].Life) { Blocks = [.. blocks.Select(block => block.Number)] };
        if (!written.Blocks.SequenceEqual(pool.Blocks))
        {
            return stored with { IsOfAnotherPool = true, Resting = slots.SelectMany(one => InThisPool(written, one.Slot)).ToHashSet() };
        }

        return stored with
        {
            Names = [.. slots.Where(one => one.Name is not null).Select(one => (one.Slot, one.Name ?? throw new InvalidOperationException()))],
            Resting = slots.Where(one => one.Name is null).Select(one => one.Slot).ToHashSet(),
            Begun = slots.Count == 0 ? 0 : slots.Max(one => one.Slot) + 1,
        };
    }

    private IEnumerable<int> InThisPool(SyntheticPool written, int slot)
    {
        foreach (var isIPv4 in new[] { true, false })
        {
            if (written.AddressOf(slot, isIPv4) is { } address && pool.TryFind(address, out var now))
            {
                yield return now;
            }
        }
    }

    private ReadOnlyMemory<byte> Write(SyntheticLife life, HostName?[] names)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("sandbox", life.Sandbox);
            json.WriteString("interface", life.Interface);
            WriteTexts(json, "addresses", life.Addresses);
            WriteTexts(json, "pool", pool.Blocks.Select(block => block.ToString()));
            WriteTexts(json, "names", names.Select(name => name?.Value));
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string?> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static Block Read(string id, JsonElement json)
    {
        var dot = id.IndexOf('.', StringComparison.Ordinal);
        var life = new SyntheticLife(
            id[..Math.Max(dot, 0)],
            json.GetProperty("sandbox").GetString(),
            json.GetProperty("interface").GetString(),
            [.. json.GetProperty("addresses").EnumerateArray().Select(address => address.GetString() ?? string.Empty)]);
        return new Block(
            life,
            int.Parse(id.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture),
            [.. json.GetProperty("pool").EnumerateArray().Select(block => ReadBlock(block.GetString()))],
            [.. json.GetProperty("names").EnumerateArray().Select(name => name.GetString() is { } text ? ReadName(text) : null)]);
    }

    private static Cidr ReadBlock(string? text) =>
        Cidr.TryParse(text, out var block) == CidrSyntax.Valid ? block : throw new FormatException($"\"{text}\" is no block of addresses");

    private static HostName ReadName(string text) =>
        HostName.TryParse(text, out var name) == HostNameSyntax.Valid && name is not null ? name : throw new FormatException($"\"{text}\" is no host name");

    private sealed record Block(SyntheticLife Life, int Number, IReadOnlyList<Cidr> Pool, HostName?[] Names)
    {
        public IEnumerable<(int Slot, HostName? Name)> Slots => Names.Select((name, place) => ((Number * SyntheticNames.BlockSize) + place, name));
    }
}
