using SniProxy.Sandboxes;
using SniProxy.Storage;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Sandboxes;

public sealed class SandboxStoreTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"addresses":["10.77.0"],"interface":null,"policy":null,"mode":null,"strict":false,"paused":false,"labels":{}}""")]
    [InlineData("""{"addresses":[7],"interface":null,"policy":null,"mode":null,"strict":false,"paused":false,"labels":{}}""")]
    [InlineData("""{"addresses":[],"interface":null,"policy":null,"mode":"lenient","strict":false,"paused":false,"labels":{}}""")]
    [InlineData("""{"addresses":[],"interface":null,"policy":null,"mode":"7","strict":false,"paused":false,"labels":{}}""")]
    [InlineData("""{"addresses":[],"interface":null,"policy":null,"mode":null,"strict":false,"paused":"no","labels":{}}""")]
    public void ASandboxThatCannotBeReadIsNamedAndNotPassedOver(string json)
    {
        using var store = new SqliteStore(SqliteStore.PathIn(folder.Path));
        store.Put("sandbox", "dev", System.Text.Encoding.UTF8.GetBytes(json), "ann");
        var error = Assert.Throws<StoreException>(() => new SandboxStore(store).Load());
        Assert.StartsWith("The stored sandbox \"dev\" (revision 1, by ann) cannot be read: ", error.Message, StringComparison.Ordinal);
    }
}
