using System.Buffers;
using SniProxy.Core.Contract;
using SniProxy.Core.Tls;
using SniProxy.Proxy;

namespace SniProxy.Tests.Proxy;

/// <summary>What reads hellos reads those of many connections, one after the other; none may be taken for another one's.</summary>
public sealed class FirstMessageTests
{
    [Fact]
    public void EachConnectionShowsItsOwnHelloWhateverWasReadBefore()
    {
        var (good, other) = (Hellos.For("good.example"), Hellos.For("other.example"));
        for (var round = 0; round < 3; round++)
        {
            AssertShows(good, "good.example", Reason.None);
            AssertShows(other, "other.example", Reason.None);
            AssertShows([22, 3, 1, 0, 5, 1, 0, 0, 1, 3], null, Reason.MalformedClientHello);
            AssertShows(other, "other.example", Reason.None);
            AssertShows(good[..(good.Length / 2)], null, Reason.None);
        }
    }

    // What shows nothing and is not unreadable has not come to its end.
    private static void AssertShows(byte[] bytes, string? name, Reason unreadable)
    {
        using var message = new FirstMessage(ClientHelloReader.DefaultMaxHelloBytes);
        var isDecided = message.Read(new ReadOnlySequence<byte>(bytes));
        Assert.Equal((name is not null || unreadable != Reason.None, name, unreadable), (isDecided, message.Name?.Value, message.Unreadable));
    }
}
