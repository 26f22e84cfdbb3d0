using SniProxy.Core.Addresses;
using SniProxy.Core.Dns;

namespace SniProxy.Core.Tests.Dns;

/// <summary>SVCB and HTTPS data: read to the letter, and passed on unchanged but for addresses that are taken out.</summary>
public sealed class ServiceBindingTests
{
    private const string Target = "0001 00 "; // priority 1, the owner itself
    private const string Alpn = "0001 0003 026832 ";
    private const string FourHints = "0004 0008 CB00710A 0A000001 "; // 203.0.113.10, 10.0.0.1
    private const string Ech = "0005 0004 DEAD0001 ";
    private const string SixHint = "0006 0010 20010DB8000000000000000000000010 ";

    [Fact]
    public void ReadsTargetAndHints()
    {
        var binding = Read("0010 03 737663 07 6578616D706C65 00 " + Alpn + FourHints + Ech + SixHint);

        Assert.Equal("svc.example", binding?.Target.ToString());
        Assert.Equal(["203.0.113.10", "10.0.0.1", "2001:db8::10"], binding?.Hints.Select(hint => hint.ToString()));
    }

    [Theory]
    [InlineData(Target)]
    [InlineData("0000 03 737663 00 ")] // an alias
    [InlineData(Target + Alpn + "0002 0000 " + "0003 0002 01BB " + Ech)]
    [InlineData(Target + "0000 0004 0001 0005 " + Alpn + Ech)]
    [InlineData(Target + "FFFF 0001 00 ")]
    public void IsTheVerySameWhereNothingIsTakenOut(string text)
    {
        var content = new ReadOnlyMemory<byte>(Bytes(text));
        Assert.True(ServiceBinding.Read(content)?.With([])?.Equals(content));
    }

    [Theory]
    [InlineData(Target + Alpn + FourHints + Ech, "203.0.113.10", Target + Alpn + "0004 0004 CB00710A " + Ech)]
    [InlineData(Target + Alpn + FourHints + Ech + SixHint, "2001:db8::10", Target + Alpn + Ech + SixHint)]
    [InlineData(Target + FourHints + SixHint, "", Target)]
    [InlineData(Target + "0000 0002 0004 " + FourHints, "10.0.0.1", Target + "0000 0002 0004 " + "0004 0004 0A000001 ")]
    public void KeepsTheHintsThatMayBeKept(string text, string kept, string left) =>
        Assert.Equal(Bytes(left), Read(text)?.With([.. kept.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Of)])?.ToArray());

    [Fact]
    public void ARecordThatNeedsAHintThatGoesIsOfNoUse() => Assert.Null(Read(Target + "0000 0002 0004 " + FourHints)?.With([]));

    [Theory]
    [InlineData("")]
    [InlineData("0001")]
    [InlineData("0001 03 737663")] // the target does not end
    [InlineData("0001 C00C ")] // a pointer
    [InlineData(Target + "0001 0003 0268")] // cut short
    [InlineData(Target + "00")]
    [InlineData(Target + Ech + Alpn)] // out of order
    [InlineData(Target + Alpn + Alpn)]
    [InlineData(Target + "0000 0000 ")] // mandatory: empty, odd, itself, twice, absent
    [InlineData(Target + "0000 0003 000100 " + Alpn)]
    [InlineData(Target + "0000 0002 0000 ")]
    [InlineData(Target + "0000 0004 0001 0001 " + Alpn)]
    [InlineData(Target + "0000 0002 0005 " + Alpn)]
    [InlineData(Target + "0001 0000 ")] // alpn: empty, an empty name, one that is too long
    [InlineData(Target + "0001 0001 00 ")]
    [InlineData(Target + "0001 0003 056832 ")]
    [InlineData(Target + "0002 0001 00 ")]
    [InlineData(Target + "0003 0001 50 ")]
    [InlineData(Target + "0004 0000 ")]
    [InlineData(Target + "0004 0005 CB00710A00 ")]
    [InlineData(Target + "0006 0004 CB00710A ")]
    public void WhatIsMalformedIsNotRead(string text) => Assert.Null(Read(text));

    [Fact]
    public void NoPrefixAndNoMutationThrows()
    {
        var whole = Bytes("0010 03 737663 07 6578616D706C65 00 0000 0002 0004 " + Alpn + FourHints + Ech + SixHint);
        var random = new Random(4);
        for (var i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. whole[..random.Next(whole.Length + 1)]];
            for (var j = 0; j < bytes.Length && j < i % 4; j++)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var binding = ServiceBinding.Read(bytes);
            Assert.All((IEnumerable<ReadOnlyMemory<byte>?>)[binding?.With([]), binding?.With([Of("203.0.113.10")])], rest =>
                Assert.True(rest is null || ServiceBinding.Read(rest.Value) is not null));
        }
    }

    private static ServiceBinding? Read(string text) => ServiceBinding.Read(Bytes(text));

    private static byte[] Bytes(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static Address Of(string text)
    {
        Assert.True(Address.TryParse(text, out var address));
        return address;
    }
}
