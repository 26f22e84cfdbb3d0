using System.Net;
using System.Text;
using SniProxy.Core.Tests.Tls;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Judgement;

/// <summary>Flows of every kind under one policy. Allowed and other are bound for the sandbox; evil and denied are addresses nobody resolved.</summary>
public static class Samples
{
    public const string Policy = """
        version: 1
        mode: enforce
        default: deny
        rules:
          - allow: "tcp://203.0.113.66:1194"
          - deny: [evil.example, "*.evil.example"]
            label: known evil
          - allow: [allowed.example, other.example, priv.example, metadata.example, "http://allowed.example:8080"]
          - allow: "ssh://other.example"
        """;

    private const int TooLargeHello = 40_000;

    private static readonly byte[] Allowed = Hello.For(Places.Allowed.Name);
    private static readonly byte[] Denied = Hello.For(Places.Denied.Name);

    public static IReadOnlyList<Sample> All { get; } =
    [
        // TLS, by name.
        new("tls allowed and bound", To(Places.Allowed, 443), Expected.Passes, Allowed),
        new("tls allowed and bound, IPv6", To6(Places.Allowed, 443), Expected.Passes, Allowed),
        new("tls another allowed name", To(Places.Other, 443), Expected.Passes, Hello.For(Places.Other.Name)),
        new("tls on port 80", To(Places.Allowed, 80), Expected.Passes, Allowed),
        new("tls with a denied name", To(Places.Denied, 443), Expected.Denied, Denied),
        new("tls with a denied name, IPv6", To6(Places.Denied, 443), Expected.Denied, Denied),
        new("tls denied by rule", To(Places.Evil, 443), Expected.Denied, Hello.For("evil.example")),
        new("tls denied by wildcard", To6(Places.Evil, 443), Expected.Denied, Hello.For("a.evil.example")),
        new("tls below an allowed name", To(Places.Denied, 443), Expected.Denied, Hello.For("deeper.allowed.example")),
        new("tls allowed name on another port", To(Places.Allowed, 8443), Expected.Denied, Allowed),
        new("tls allowed name at an attacker's address", To(Places.Evil, 443), Expected.Redialled, Allowed),
        new("tls allowed name at an attacker's address, IPv6", To6(Places.Evil, 443), Expected.Redialled, Allowed),
        new("tls allowed name at the wrong allowed host", To(Places.Other, 443), Expected.Redialled, Allowed),
        new("tls allowed name of a private host", To(Places.Private, 443), Expected.Denied, Hello.For(Places.Private.Name)),
        new("tls to the metadata address", To(Places.Metadata, 443), Expected.NeverPasses, Hello.For(Places.Metadata.Name)),
        // TLS that cannot be read.
        new("tls without a name", To(Places.Evil, 443), Expected.Denied, ClientHelloBuilder.For(null).Wire()),
        new("tls without a name at a bound address", To(Places.Allowed, 443), Expected.Denied, ClientHelloBuilder.For(null).Wire()),
        new("tls with an address for a name", To(Places.Evil, 443), Expected.Denied, ClientHelloBuilder.For("203.0.113.10").Wire()),
        new("tls with two names", To(Places.Evil, 443), Expected.Denied, TwoNames()),
        new("tls malformed", To(Places.Evil, 443), Expected.Denied, ClientHelloBuilder.For().Set(h => h.ExtensionsLengthDelta = 5).Wire()),
        new("tls too large", To(Places.Evil, 443), Expected.Denied, ClientHelloBuilder.For().PaddedTo(TooLargeHello).Wire()),
        new("tls never finished", To(Places.Evil, 443), Expected.Denied, Allowed[..100]),
        new("ssl 2 hello", To(Places.Evil, 443), Expected.Denied, [0x80, 0x2e, 0x01, 0x00, 0x02, 0x00, 0x15, 0x00, 0x00, 0x00, 0x10, .. new byte[37]]),
        // HTTP.
        new("http allowed and bound", To(Places.Allowed, 80), Expected.Passes, Get(Places.Allowed.Name)),
        new("http allowed and bound, IPv6", To6(Places.Allowed, 80), Expected.Passes, Get(Places.Allowed.Name)),
        new("http denied", To(Places.Denied, 80), Expected.Denied, Get(Places.Denied.Name)),
        new("http by address", To(Places.Denied, 80), Expected.Denied, Get(Places.Denied.V4.ToString())),
        new("http for an allowed name at an attacker's address", To(Places.Evil, 80), Expected.Redialled, Get(Places.Allowed.Name)),
        new("http on the tls port", To(Places.Allowed, 443), Expected.Denied, Get(Places.Allowed.Name)),
        new("http on a port without a rule", To(Places.Evil, 8443), Expected.Denied, Get(Places.Allowed.Name)),
        new("http without Host", To(Places.Evil, 80), Expected.Denied, Text("GET / HTTP/1.1\r\nAccept: */*\r\n\r\n")),
        new("http with two Hosts", To(Places.Evil, 80), Expected.Denied, Text("GET / HTTP/1.1\r\nHost: allowed.example\r\nHost: evil.example\r\n\r\n")),
        new("http with two lengths", To(Places.Evil, 80), Expected.Denied, Text("POST / HTTP/1.1\r\nHost: allowed.example\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx")),
        new("http private by name", To(Places.Private, 80), Expected.Denied, Get(Places.Private.Name)),
        new("http private by address", To(Places.Private, 80), Expected.Denied, Get(Places.Private.V4.ToString())),
        new("http to the metadata address", To(Places.Metadata, 80), Expected.NeverPasses, Get(Places.Metadata.V4.ToString())),
        new("http to the metadata address, IPv6", To6(Places.Metadata, 80), Expected.NeverPasses, Get($"[{Places.Metadata.V6}]")),
        // Everything else.
        new("ssh allowed", To(Places.Allowed, 22), Expected.Denied, Text("SSH-2.0-sample\r\n")),
        new("ssh to an unlisted place", To(Places.Evil, 22), Expected.Denied, Text("SSH-2.0-sample\r\n")),
        new("ssh on the tls port", To(Places.Evil, 443), Expected.Denied, Text("SSH-2.0-sample\r\n")),
        new("raw bytes", To(Places.Evil, 6379), Expected.Denied, [0x00, 0x01, 0x02, 0xff, 0xfe]),
        new("raw bytes, IPv6", To6(Places.Evil, 8080), Expected.Denied, [0x00, 0x01, 0x02, 0xff, 0xfe]),
        new("raw bytes that a rule lets pass", To(Places.Evil, 1194), Expected.Passes, [0x00, 0x01, 0x02, 0xff, 0xfe]),
        new("raw bytes at a bound address", To(Places.Allowed, 7), Expected.Denied, [0x00, 0x01, 0x02, 0xff, 0xfe]),
        new("postgres", To(Places.Database, Database.Port), Expected.Denied, Database.SslRequest),
        new("redis", To(Places.Evil, 6379), Expected.Denied, Text("*1\r\n$4\r\nPING\r\n")),
    ];

    /// <summary>The first request is allowed, the second on the same connection is for somebody else.</summary>
    public static Sample SecondRequest { get; } = new(
        "http second request for another host", To(Places.Allowed, 80), Expected.Denied, Get(Places.Allowed.Name, keep: true), Get(Places.Denied.Name));

    private static IPEndPoint To(Place place, int port) => place.At(Family.IPv4, port);

    private static IPEndPoint To6(Place place, int port) => place.At(Family.IPv6, port);

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    private static byte[] Get(string host, bool keep = false) =>
        Text($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: {(keep ? "keep-alive" : "close")}\r\n\r\n");

    private static byte[] TwoNames() => ClientHelloBuilder.For().WithServerName(
        ClientHelloBuilder.ServerNames((0, Text("allowed.example")), (0, Text("evil.example")))).Wire();
}
