using System.Text;
using SniProxy.Core.Http;

namespace SniProxy.Core.Tests.Http;

public sealed class BasicCredentialsTests
{
    [Theory]
    [InlineData("Basic YWxhZGRpbjpvcGVuOnNlc2FtZQ==", "aladdin", "open:sesame")]
    [InlineData("bAsIc  Og==", "", "")]
    public void ReadsUserAndPassword(string value, string user, string password)
    {
        Span<byte> buffer = stackalloc byte[BasicCredentials.MaxBytes];
        Assert.True(BasicCredentials.TryRead(Wire.Bytes(value), buffer, out var credentials));
        Assert.Equal(user, Wire.Text(credentials.User));
        Assert.Equal(password, Wire.Text(credentials.Password));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Bearer YTpi")]
    [InlineData("Basic YWI=")]
    [InlineData("Basic YTpi!")]
    [InlineData("Basic YTp")]
    public void RefusesAnythingElse(string value)
    {
        Span<byte> buffer = stackalloc byte[BasicCredentials.MaxBytes];
        Assert.False(BasicCredentials.TryRead(Wire.Bytes(value), buffer, out _));
    }

    [Fact]
    public void RefusesMoreThanTheBufferHolds()
    {
        Span<byte> buffer = stackalloc byte[BasicCredentials.MaxBytes];
        var long513 = Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('a', 511) + ":b"));
        Assert.False(BasicCredentials.TryRead(Wire.Bytes("Basic " + long513), buffer, out _));
    }
}
