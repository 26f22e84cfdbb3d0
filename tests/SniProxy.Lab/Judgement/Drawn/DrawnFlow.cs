using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using SniProxy.Core.Tests.Tls;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Judgement.Drawn;

/// <summary>A connection, and the same in the words of <c>/test</c>.</summary>
/// <param name="Name">Which name it is about.</param>
/// <param name="To">Where it is sent.</param>
/// <param name="Bytes">What the client says.</param>
/// <param name="Facts">What <c>/test</c> is asked.</param>
/// <param name="Destination">The question as a person would put it, where the flow is one of a well-behaved client and its name has one address; else null.</param>
/// <remarks>
/// Of proxy requests those are drawn that <c>/test</c> has words for: a name, with TLS or HTTP for it. It has none for an address literal in a
/// CONNECT, nor for other bytes inside one, which need a rule of their own there. QUIC is not drawn yet.
/// </remarks>
public sealed record DrawnFlow(string Name, IPEndPoint To, byte[] Bytes, JsonObject Facts, string? Destination)
{
    private static readonly string[] Names = [.. DrawnGround.Names.Keys];

    /// <summary>It is asked of the explicit listener.</summary>
    public bool IsProxied => To.Port == Callers.Route.ProxyPort;

    public static DrawnFlow Of(Random random)
    {
        var name = Names[random.Next(Names.Length)];
        return random.Next(5) == 0 ? ThroughProxy(random, name) : Direct(random, name);
    }

    private static DrawnFlow Direct(Random random, string name)
    {
        var port = DrawnGround.Ports[random.Next(DrawnGround.Ports.Length)];
        var own = DrawnGround.Names[name];
        var isHonest = own.Length > 0 && random.Next(3) > 0;
        var address = isHonest ? IPAddress.Parse(own[random.Next(own.Length)]) : DrawnGround.Addresses[random.Next(DrawnGround.Addresses.Count)];
        var (bytes, facts) = Say(random, isHonest && random.Next(2) == 0 ? UsualOf(port) : random.Next(12), name, address);
        if (DrawnGround.ServerFirstPorts.Contains(port))
        {
            facts = new JsonObject { ["protocol"] = "unread" };
        }

        var protocol = facts["protocol"]?.ToString();
        var isPlain = protocol is "tls" or "http" ? facts.Count == 2 && facts["name"] is not null : protocol is not ("unread" or "other");
        var destination = isHonest && own.Length == 1 && isPlain ? $"{protocol}://{name}:{port}" : null;
        facts["address"] = address.ToString();
        facts["port"] = port;
        return new DrawnFlow(name, new IPEndPoint(address, port), bytes, facts, destination);
    }

    // The port decides before the client has spoken where the server is the first to speak, and a proxy request names it.
    private static DrawnFlow ThroughProxy(Random random, string name)
    {
        var ports = DrawnGround.Ports.Except(DrawnGround.ServerFirstPorts).ToArray();
        var port = ports[random.Next(ports.Length)];
        var other = Names[random.Next(Names.Length)];
        var connect = Text($"CONNECT {name}:{port} HTTP/1.1\r\nHost: {name}:{port}\r\n\r\n");
        var (bytes, facts) = random.Next(6) switch
        {
            0 or 1 => ([.. connect, .. ClientHelloBuilder.For(name).Wire()], Tls(name)),
            2 => ([.. connect, .. Get(name)], Http(name)),
            3 => ([.. connect, .. ClientHelloBuilder.For(other).Wire()], Agreeing(Tls(other))),
            4 => ([.. connect, .. Get(other)], Agreeing(Http(other))),
            _ => (Text($"GET http://{name}:{port}/ HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n"), Http(name)),
        };
        facts["port"] = port;
        return new DrawnFlow(name, new IPEndPoint(Places.Gateway.At(random.Next(2) == 0 ? Family.IPv4 : Family.IPv6), Callers.Route.ProxyPort), bytes, facts, null);

        JsonObject Agreeing(JsonObject inner) => other == name ? inner : With(inner, "unreadable", "name_mismatch");
    }

    private static (byte[] Bytes, JsonObject Facts) Say(Random random, int kind, string name, IPAddress address)
    {
        var host = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? address.ToString() : $"[{address}]";
        return kind switch
        {
            0 or 1 or 2 => (ClientHelloBuilder.For(name).Wire(), Tls(name)),
            3 => random.Next(2) == 0
                ? (ClientHelloBuilder.For(name).With(0xfe0d, ClientHelloBuilder.EchOuter()).Wire(), With(Tls(name), "ech", true))
                : (ClientHelloBuilder.For(null).Wire(), Tls(null)),
            4 => (ClientHelloBuilder.For(name).Set(hello => hello.ExtensionsLengthDelta = 5).Wire(), With(Tls(null), "unreadable", "malformed_client_hello")),
            5 or 6 => (Get(name), Http(name)),
            7 => random.Next(2) == 0 ? (Get(host), Http(null)) : (Get("203.0.113.9"), With(Http(null), "unreadable", "name_mismatch")),
            8 => random.Next(2) == 0 ? (Get($"{name}:81"), With(Http(name), "unreadable", "name_mismatch")) : (Text("GET / HTTP/1.1\r\nAccept: */*\r\n\r\n"), With(Http(null), "unreadable", "malformed_request")),
            9 => (Text("SSH-2.0-drawn\r\n"), Named("ssh")),
            10 => random.Next(2) == 0 ? (Database.Startup, Named("postgres")) : (Text("*1\r\n$4\r\nPING\r\n"), Named("redis")),
            _ => ([0x00, 0x01, 0x02, 0xff, 0xfe], Named("other")),
        };
    }

    private static int UsualOf(int port) => port switch { 80 => 5, 22 => 9, 5432 or 6379 => 10, _ => 0 };

    private static JsonObject Named(string protocol) => new() { ["protocol"] = protocol };

    private static JsonObject Tls(string? name) => With(Named("tls"), "name", name);

    private static JsonObject Http(string? name) => With(Named("http"), "name", name);

    private static JsonObject With(JsonObject facts, string key, JsonNode? value)
    {
        if (value is not null)
        {
            facts[key] = value;
        }

        return facts;
    }

    private static byte[] Get(string host) => Text($"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);
}
