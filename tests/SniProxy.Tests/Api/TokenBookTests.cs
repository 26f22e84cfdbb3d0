using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SniProxy.Api;
using SniProxy.Storage;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Api;

public sealed class TokenBookTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly SqliteStore store;

    public TokenBookTests() => store = new SqliteStore(SqliteStore.PathIn(folder.Path));

    [Fact]
    public void LeavesTheFirstTokenInAFileOfTheOwnersAlone()
    {
        var book = Open();
        book.EnsureAdmin(folder.Path);
        var file = folder.File("admin.token");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal("admin", book.Find(File.ReadAllText(file).Trim())?.Role);
    }

    [Fact]
    public void MakesOneAdministratorsTokenOnly()
    {
        Open().EnsureAdmin(folder.Path);
        var first = File.ReadAllText(folder.File("admin.token"));
        File.Delete(folder.File("admin.token"));
        var again = Open();
        again.EnsureAdmin(folder.Path);
        Assert.False(File.Exists(folder.File("admin.token")));
        Assert.NotNull(again.Find(first.Trim()));
    }

    [Fact]
    public void KeepsNoTokenInTheStore()
    {
        Open().EnsureAdmin(folder.Path);
        var secret = File.ReadAllBytes(folder.File("admin.token")).AsSpan().TrimEnd((byte)'\n').ToArray();
        store.Dispose();
        foreach (var file in Directory.GetFiles(folder.Path, "sniproxy.db*"))
        {
            Assert.Equal(-1, File.ReadAllBytes(file).AsSpan().IndexOf(secret));
        }
    }

    [Fact]
    public void RemembersTokensOverARestart()
    {
        var (token, secret) = Open().Add("ci", Role.Developer, null, "ann");
        var again = Open();
        Assert.Equal(token, again.Find(secret));
        Assert.True(again.Remove(token.Id, "ann"));
        Assert.Null(Open().Find(secret));
    }

    [Fact]
    public void DoesNotAcknowledgeATokenThatCannotBeStored()
    {
        var book = Open();
        store.Dispose();
        Assert.ThrowsAny<Exception>(() => book.Add("ci", Role.Admin, null, "ann"));
        Assert.Empty(book.All);
    }

    [Theory]
    [InlineData("127.0.0.1:9443", true)]
    [InlineData("[::1]:9443", true)]
    [InlineData("0.0.0.0:9443", false)]
    [InlineData("10.0.0.1:9443", false)]
    public void NeedsTlsWhereOthersCanReachIt(string endpoint, bool isRight)
    {
        var options = new ApiOptions(IPEndPoint.Parse(endpoint), null);
        Assert.Equal(isRight, !options.Check().Any());
        using var key = ECDsa.Create();
        var request = new CertificateRequest("CN=api", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        Assert.Empty((options with { Certificate = certificate }).Check());
    }

    [Fact]
    public void MetricsNeedAnEndpointOfTheirOwn() =>
        Assert.Single(new ApiOptions(IPEndPoint.Parse("127.0.0.1:9443"), IPEndPoint.Parse("127.0.0.1:9443")).Check());

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    private TokenBook Open() => new(store, TimeProvider.System);
}
