using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Sandboxes;
using SniProxy.Storage;
using SniProxy.Tests.Events;
using SniProxy.Tests.Resolutions;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Sandboxes;

/// <summary>A registry over a store of its own, which can be started again from what it stored.</summary>
internal sealed class RegistryUnderTest : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly IReadOnlyList<SandboxRegistration> configured;
    private readonly IReadOnlyList<Binding> bindings;
    private SqliteStore store;

    public RegistryUnderTest(IReadOnlyList<SandboxRegistration>? configured = null, params IReadOnlyList<Binding> bindings)
    {
        this.configured = configured ?? [];
        this.bindings = bindings;
        (store, Registry) = Start();
    }

    public Revisions Revisions { get; } = TestRevisions.From(0);

    public SandboxRegistry Registry { get; private set; }

    public ShiftedClock Clock { get; } = new();

    /// <summary>What was told as changed, oldest first; null for a new sandbox.</summary>
    public List<Sandbox?> Changes { get; } = [];

    public static Address Of(string text) => Address.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    public static Binding By(string policy, string? source = null, string? ingress = null) => new(
        policy, source is null ? null : Cidr.TryParse(source, out var block) == CidrSyntax.Valid ? block : throw new ArgumentException(source), ingress, new Dictionary<string, string>());

    public static SandboxRegistration Box(string id, string? ingress = null, params string[] addresses) =>
        new() { Id = id, Interface = ingress, Addresses = [.. addresses.Select(Of)] };

    public Sandbox Find(string source, string? ingress = null) => Registry.Find(Of(source), ingress);

    /// <summary>Grants beside it, over a book of their own.</summary>
    public GrantBook Grants() => new(
        new PolicyBook(new PolicyOptions("/"), new Guard(), StrictSwitch.Off, Revisions, (_, _) => { }), new GrantStore(store, TimeProvider.System), TimeProvider.System);

    /// <summary>The appliance stops and starts.</summary>
    public void Restart()
    {
        store.Dispose();
        (store, Registry) = Start();
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    private (SqliteStore Store, SandboxRegistry Registry) Start()
    {
        var opened = new SqliteStore(SqliteStore.PathIn(folder.Path));
        opened.Open();
        var registry = new SandboxRegistry(configured, bindings, new SandboxStore(opened), Revisions, Clock);
        registry.Changed += Changes.Add;
        return (opened, registry);
    }
}
