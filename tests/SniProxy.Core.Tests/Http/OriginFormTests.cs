using System.Buffers;
using SniProxy.Core.Http;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tests.Http;

public sealed class OriginFormTests
{
    [Theory]
    [InlineData("GET http://a.example/x?y=http://z/ HTTP/1.1\r\nHost: a.example\r\nX:  y \r\n\r\n", "GET /x?y=http://z/ HTTP/1.1\r\nHost: a.example\r\nX:  y \r\n\r\n")]
    [InlineData("GET http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")]
    [InlineData("GET HTTP://a.example:8080?q HTTP/1.1\r\nhost: A.example:8080\r\n\r\n", "GET /?q HTTP/1.1\r\nhost: A.example:8080\r\n\r\n")]
    [InlineData("OPTIONS http://a.example HTTP/1.1\r\nHost: a.example\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n")]
    [InlineData("OPTIONS http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", "OPTIONS / HTTP/1.1\r\nHost: a.example\r\n\r\n")]
    [InlineData("GET http://[2001:db8::1]:8080/ HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nHost: [2001:db8::1]:8080\r\n\r\n")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a.example\r\nProxy-Connection: close\r\n\r\n", "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n")]
    [InlineData(
        "\r\nGET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nProxy-Authorization: Basic YTpi\r\nproxy-connection: keep-alive\r\nConnection: keep-alive\r\nProxyish: stays\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: keep-alive\r\nProxyish: stays\r\n\r\n")]
    public void RewritesTheHeadForAnOrigin(string wire, string expected)
    {
        var reader = new RequestHeadReader();
        Assert.Equal(ReadStatus.Complete, reader.Read(Wire.Whole(wire + "body")));
        var output = new ArrayBufferWriter<byte>();
        OriginForm.Write(output, Wire.Bytes(wire + "body"), reader.Head);
        Assert.Equal(expected, Wire.Text(output.WrittenSpan));
    }

    [Fact]
    public void WritesHeadsThatAreReadTheSame()
    {
        foreach (var (_, wire, _) in HeadSamples.Sound)
        {
            var before = new RequestHeadReader();
            before.Read(Wire.Whole(wire));
            var output = new ArrayBufferWriter<byte>();
            OriginForm.Write(output, Wire.Bytes(wire), before.Head);
            var after = new RequestHeadReader();
            Assert.Equal(ReadStatus.Complete, after.Read(new ReadOnlySequence<byte>(output.WrittenMemory)));
            Assert.Equal(output.WrittenCount, after.Head.Length);
            Assert.Equal(before.Head.Authority.Kind, after.Head.Authority.Kind);
            Assert.Equal(before.Head.Authority.Name, after.Head.Authority.Name);
            Assert.NotEqual(TargetForm.Absolute, after.Head.Form);
        }
    }
}
