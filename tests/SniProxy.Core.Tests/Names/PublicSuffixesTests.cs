using SniProxy.Core.Names;

namespace SniProxy.Core.Tests.Names;

public sealed class PublicSuffixesTests
{
    private static readonly PublicSuffixes Suffixes = PublicSuffixes.Parse("""
        com
        uk
        co.uk
        *.ck
        !www.ck
        // ===BEGIN PRIVATE DOMAINS===
        blogspot.com
        *.compute.amazonaws.com
        """);

    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("a.b.example.com", "example.com")]
    [InlineData("a.b.example.co.uk", "example.co.uk")]
    [InlineData("me.blogspot.com", "me.blogspot.com")]
    [InlineData("x.me.blogspot.com", "me.blogspot.com")]
    [InlineData("a.b.eu.compute.amazonaws.com", "b.eu.compute.amazonaws.com")]
    [InlineData("a.b.other.ck", "b.other.ck")]
    [InlineData("a.www.ck", "www.ck")]
    [InlineData("a.b.wild.example", "wild.example")]
    [InlineData("com", "com")]
    [InlineData("co.uk", "co.uk")]
    [InlineData("localhost", "localhost")]
    [InlineData("1.2.3.4.5.6.7.8.9.10.11.12.example.com", "example.com")]
    [InlineData("1.2.3.4.5.6.7.8.9.10.11.12.eu.compute.amazonaws.com", "12.eu.compute.amazonaws.com")]
    public void FindsWhatSomebodyRegistered(string name, string registered) => Assert.Equal(registered, name[Suffixes.RegistrableStart(name)..]);

    [Fact]
    public void WithoutAListTheLastLabelIsTheSuffix() => Assert.Equal("c.d", "a.b.c.d"[PublicSuffixes.Empty.RegistrableStart("a.b.c.d")..]);

    [Fact]
    public void AllocatesNothing()
    {
        Suffixes.RegistrableStart("a.b.example.co.uk");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Suffixes.RegistrableStart("a.b.example.co.uk");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
