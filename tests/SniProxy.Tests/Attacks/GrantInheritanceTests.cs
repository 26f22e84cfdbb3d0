using System.Collections.Immutable;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Sandboxes;
using SniProxy.Storage;
using SniProxy.Tests.Events;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Attacks;

/// <summary>Whoever gets a sandbox's id next inherits no grant, whatever became of the process in between.</summary>
public sealed class GrantInheritanceTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Killed between the removal of the sandbox, which was stored, and that of its grants.
    [Fact]
    public void NotAfterAKillInTheMiddleOfARemoval()
    {
        using (var before = Start())
        {
            var box = before.Sandboxes.Put(Box("203.0.113.1"), "test");
            before.Give(box);
            before.Sandboxes.Remove("box", "test"); // nobody tells the grants
        }

        using var after = Start();
        var next = after.Sandboxes.Put(Box("203.0.113.2"), "test");
        Assert.Equal(Reason.NameNotAllowed, after.ReasonFor(next));
    }

    // The operator asked for the grant while somebody else removed the sandbox and made another of its name.
    [Fact]
    public void NotOfAnEarlierLifeAfterARestart()
    {
        using (var before = Start())
        {
            var box = before.Sandboxes.Put(Box("203.0.113.1"), "test");
            var next = before.Sandboxes.Put(Box("203.0.113.2"), "test");
            Assert.NotEqual(box.Lifecycle, next.Lifecycle);
            before.Give(box);
            Assert.Equal(Reason.NameNotAllowed, before.ReasonFor(next));
        }

        using var after = Start();
        Assert.Equal(Reason.NameNotAllowed, after.ReasonFor(after.Sandboxes.Get("box")!));
    }

    private static SandboxRegistration Box(string address) => new() { Id = "box", Addresses = [Proxy.ProxyDoor.Of(address)] };

    private Running Start() => new(folder.Path);

    private sealed class Running : IDisposable
    {
        private readonly SqliteStore store;
        private readonly PolicyBook book;

        public Running(string folder)
        {
            store = new SqliteStore(SqliteStore.PathIn(folder));
            store.Open();
            var revisions = TestRevisions.From(0);
            Sandboxes = new SandboxRegistry([], [], new SandboxStore(store), revisions);
            book = new PolicyBook(new PolicyOptions("/", "test"), new Guard(), StrictSwitch.Off, revisions, (_, _) => { });
            book.Publish(ImmutableDictionary<string, Policy>.Empty.Add("test", Proxy.ProxyDoor.Compile("rules: []")), ImmutableDictionary<string, string>.Empty);
            Grants = new GrantBook(book, new GrantStore(store, TimeProvider.System), TimeProvider.System);
        }

        public SandboxRegistry Sandboxes { get; }

        public GrantBook Grants { get; }

        public void Give(Sandbox sandbox)
        {
            Assert.True(EntryReader.TryRead("good.example", isAllow: true, out var entry, out _));
            Grants.Add(new GrantOrder { Sandbox = sandbox.Id, Lifecycle = sandbox.Lifecycle, Entries = [entry], Ttl = TimeSpan.FromHours(1) }, "test", false);
        }

        public Reason ReasonFor(Sandbox sandbox) => book.JudgeFor(sandbox).JudgeName(Resolutions.Wire.Host("good.example")).Reason;

        public void Dispose()
        {
            Grants.Dispose();
            store.Dispose();
        }
    }
}
