using System.Text.Json;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Storage;

namespace SniProxy.Sandboxes;

/// <summary>Keeps what was registered or changed at run time over a restart.</summary>
internal sealed class SandboxStore(IStore store)
{
    private const string Kind = "sandbox";

    // Of one that stands in the configuration or was made by a binding: nothing but its life goes on.
    private const string LifeKind = "life";

    /// <exception cref="StoreException">One of them cannot be read.</exception>
    public IReadOnlyList<SandboxRegistration> Load() =>
        [.. store.List(Kind).Select(document => document.Read(Kind, sandbox => Read(document.Id, sandbox)))];

    /// <summary>Lives that go on though nothing else of their sandboxes was registered or changed.</summary>
    /// <exception cref="StoreException">One of them cannot be read.</exception>
    public IReadOnlyList<SandboxRegistration> LoadLives() =>
        [.. store.List(LifeKind).Select(document => document.Read(LifeKind, sandbox => Read(document.Id, sandbox)))];

    /// <param name="sandbox">As it is to be kept.</param>
    /// <param name="ended">Ids of others whose lives end by it, all at once or none.</param>
    /// <param name="actor">Who did it.</param>
    public void Put(Sandbox sandbox, IEnumerable<string> ended, string actor) => store.Apply(
        [new StoreChange(Kind, sandbox.Id, Write(sandbox)), .. ended.Append(sandbox.Id).Select(id => new StoreChange(LifeKind, id, null))], actor);

    public void PutLife(Sandbox sandbox, string actor) => store.Apply([new StoreChange(LifeKind, sandbox.Id, Write(sandbox))], actor);

    public void Delete(string id, string actor) => store.Apply([new StoreChange(Kind, id, null), new StoreChange(LifeKind, id, null)], actor);

    private static ReadOnlyMemory<byte> Write(Sandbox sandbox)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("lifecycle", sandbox.Lifecycle);
            json.WriteStartArray("addresses");
            foreach (var address in sandbox.Addresses)
            {
                json.WriteStringValue(address.ToString());
            }

            json.WriteEndArray();
            json.WriteString("interface", sandbox.Interface);
            json.WriteString("policy", sandbox.Policy);
            json.WriteString("mode", sandbox.Mode?.Identifier());
            json.WriteBoolean("strict", sandbox.Strict);
            json.WriteBoolean("paused", sandbox.Paused);
            json.WriteStartObject("labels");
            foreach (var (name, value) in sandbox.Labels)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteStartObject("signals");
            foreach (var signal in sandbox.Signals)
            {
                json.WriteString(signal.Name, signal.Time);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static SandboxRegistration Read(string id, JsonElement sandbox) => new()
    {
        Id = id,
        Lifecycle = sandbox.TryGetProperty("lifecycle", out var life) ? life.GetInt64() : null, // not written before grants were bound to it
        Addresses = [.. sandbox.GetProperty("addresses").EnumerateArray().Select(element => ReadAddress(element.GetString()))],
        Interface = sandbox.GetProperty("interface").GetString(),
        Policy = sandbox.GetProperty("policy").GetString(),
        Mode = sandbox.GetProperty("mode").GetString() is { } mode ? ReadMode(mode) : null,
        Strict = sandbox.GetProperty("strict").GetBoolean(),
        Paused = sandbox.GetProperty("paused").GetBoolean(),
        Labels = sandbox.GetProperty("labels").EnumerateObject()
            .ToDictionary(label => label.Name, label => label.Value.GetString() ?? string.Empty),
        Signals = sandbox.TryGetProperty("signals", out var signals) // not written before there were any
            ? signals.EnumerateObject().ToDictionary(signal => signal.Name, signal => signal.Value.GetDateTimeOffset())
            : new Dictionary<string, DateTimeOffset>(),
    };

    private static Mode ReadMode(string text) =>
        Enum.TryParse<Mode>(text, ignoreCase: true, out var mode) && Enum.IsDefined(mode) ? mode : throw new FormatException($"\"{text}\" is no mode");

    private static Address ReadAddress(string? text) =>
        Address.TryParse(text, out var address) ? address : throw new FormatException($"\"{text}\" is no address");
}
