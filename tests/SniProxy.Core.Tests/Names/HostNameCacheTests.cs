using System.Globalization;
using System.Text;
using SniProxy.Core.Names;

namespace SniProxy.Core.Tests.Names;

/// <summary>Names share places, and no name is ever taken for the one that had its place before.</summary>
public sealed class HostNameCacheTests
{
    // Several times as many as there are places, all of one length, so that only their letters tell them apart.
    private const int Names = 20_000;

    [Fact]
    public void EveryNameIsItselfWhoeverHadItsPlaceBefore()
    {
        var cache = new HostNameCache();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < Names; i++)
            {
                var text = i.ToString("n00000'.example'", CultureInfo.InvariantCulture);
                Assert.Equal(HostNameSyntax.Valid, HostName.TryParse(Encoding.ASCII.GetBytes(text), cache, out var name));
                Assert.Equal(text, name?.Value);
            }
        }
    }

    [Fact]
    public void ANameThatWasReadJustNowIsNoNewObject()
    {
        var cache = new HostNameCache();
        HostName.TryParse("api.example.com"u8, cache, out var first);
        HostName.TryParse("API.example.com."u8, cache, out var second);
        Assert.NotNull(first);
        Assert.Same(first, second);
    }
}
