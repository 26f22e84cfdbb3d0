using SniProxy.Policies;
using SniProxy.Storage;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Policies;

public sealed class StrictStoreTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly SqliteStore store;

    public StrictStoreTests()
    {
        store = new SqliteStore(SqliteStore.PathIn(folder.Path));
        store.Open();
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void ComesBackAsItWasLeft()
    {
        var strict = new StrictStore(store);
        Assert.False(strict.Load().On);
        strict.Put(new StrictSwitch(true, 10, new HashSet<string> { "ci" }), "test");
        var loaded = strict.Load();
        Assert.Equal((true, 10, "ci"), (loaded.On, loaded.Percent, Assert.Single(loaded.Policies)));
    }

    // Off would be the wrong guess: whoever cannot read what was forbidden forbids everything, which is not to start.
    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"on":"yes","percent":100,"policies":[]}""")]
    [InlineData("""{"on":true,"percent":1e9,"policies":[]}""")]
    [InlineData("""{"on":true,"percent":0,"policies":[]}""")]
    [InlineData("""{"on":true,"percent":101,"policies":[]}""")]
    [InlineData("""{"on":true,"percent":100}""")]
    [InlineData("""{"on":false,"percent":100,"policies":[null]}""")]
    [InlineData("""{"on":false,"percent":100,"policies":"ci"}""")]
    public void AValueThatCannotBeReadIsNotTakenForOff(string json)
    {
        store.Put("strict", "switch", System.Text.Encoding.UTF8.GetBytes(json), "ann");
        var error = Assert.Throws<StoreException>(() => new StrictStore(store).Load());
        Assert.StartsWith("The stored strict \"switch\" (revision 1, by ann) cannot be read: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("sniproxy.db back from a copy.", error.Message, StringComparison.Ordinal);
    }
}
