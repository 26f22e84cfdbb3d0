using System.Net;
using System.Net.Sockets;
using System.Text;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Names;

/// <summary>What a capture before the name server sees: of a denied question nothing at all, of an allowed one its name and type.</summary>
public sealed class NothingLeaves(Lab lab)
{
    private const int DnsPort = 53;

    private static readonly ApplianceSettings Wildcard = ApplianceSettings.With($"""
        version: 1
        mode: enforce
        default: deny
        rules: ['**.{UpstreamDns.Wild}']
        """).Set("Dns:QueriesPerSecondPerSandbox", 10_000);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DeniedQuestionSendsNoPacket(bool tcp)
    {
        await lab.ApplianceAsync(Wildcard, Door.Redirect);
        await using var capture = new Capture(lab.Internet);
        string[] denied =
        [
            "denied.example", "c2VjcmV0.data.denied.example", $"{UpstreamDns.Wild}.denied.example", "use-application-dns.net", "printer.local", "com",
            "66.113.0.203.in-addr.arpa", UpstreamDns.Wild, "egress.internal",
        ];
        foreach (var name in denied)
        {
            foreach (var type in (ushort[])[1, 28, 16, 15, 33, 65, 255, 10, 12, 252, 257, 65280])
            {
                await Question.AskAsync(lab.Sandbox, Places.Resolver.V4, name, tcp, type);
            }
        }

        // Types that carry nothing but data do not leave for an allowed name either.
        foreach (var type in (ushort[])[10, 64, 65, 251, 252, 255, 65280])
        {
            await Question.AskAsync(lab.Sandbox, Places.Resolver.V4, $"data.{UpstreamDns.Wild}", tcp, type);
        }

        var marker = $"m{Guid.NewGuid():n}";
        Assert.Equal(Question.NoError, Question.ResponseCodeOf(await Question.AskAsync(lab.Sandbox, Places.Resolver.V4, $"{marker}.{UpstreamDns.Wild}", tcp)));
        await capture.UntilSeenAsync(Encoding.ASCII.GetBytes(marker));
        var only = Assert.Single(capture.Packets, packet => packet.Port == DnsPort);
        Assert.True(only.Holds(Encoding.ASCII.GetBytes(marker)));
        Assert.DoesNotContain(capture.Packets, packet => packet.Holds("denied"u8) || packet.Holds("c2VjcmV0"u8));
    }

    /// <summary>The client's id, port, letter case, flags, and EDNS options stay here: nothing but name and type goes out.</summary>
    [Fact]
    public async Task AllowedQuestionLeavesInTheAppliancesOwnWords()
    {
        await lab.ApplianceAsync(Wildcard, Door.Redirect);
        await using var capture = new Capture(lab.Internet);
        const int rounds = 32;
        const int port = 20_053;
        var run = $"{Guid.NewGuid():n}"[..8];
        using var socket = lab.Sandbox.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        await socket.ConnectAsync(Places.Resolver.At(Family.IPv4, DnsPort), TestContext.Current.CancellationToken);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        for (var round = 0; round < rounds; round++)
        {
            await socket.SendAsync(Talkative(0x5000 + round, $"Q{round}-{run}"), patience.Token);
            var answer = new byte[1500];
            await socket.ReceiveAsync(answer, patience.Token);
            Assert.Equal(Question.NoError, Question.ResponseCodeOf(answer));
        }

        await capture.UntilSeenAsync(Encoding.ASCII.GetBytes($"q{rounds - 1}-{run}"));
        var sent = capture.Packets.Where(packet => packet.Port == DnsPort).ToArray();
        Assert.Equal(rounds, sent.Length);
        Assert.All(sent, (packet, round) => Assert.Equal(Plain($"q{round}-{run}"), packet.Payload[2..]));
        Assert.True(sent.Select((packet, round) => (packet.Payload[0] << 8 | packet.Payload[1]) == 0x5000 + round ? 1 : 0).Sum() <= 1, "ids are passed on");
        Assert.True(sent.Select(packet => packet.SourcePort).Distinct().Count() > rounds / 2, "ports are not fresh");
        Assert.DoesNotContain(capture.Packets, packet => packet.Holds("TELLTALE"u8) || packet.Holds("Q0-"u8));
    }

    // Everything a client can say beside name and type: flags AA, TC's neighbours, Z, AD, CD and a response code, a cookie, its network, padding,
    // an option of its own, DO, and a large size.
    private static byte[] Talkative(int id, string label)
    {
        byte[] options =
        [
            0, 10, 0, 8, .. "TELLTALE"u8, 0, 8, 0, 8, 0, 1, 32, 0, 198, 51, 100, 7, 0, 12, 0, 16, .. "TELLTALETELLTALE"u8, 0xfd, 0xe9, 0, 8, .. "TELLTALE"u8,
        ];
        return
        [
            (byte)(id >> 8), (byte)id, 0x05, 0x7f, 0, 1, 0, 0, 0, 0, 0, 1, .. Name($"{label}.wIlD.eXaMpLe"), 0, 1, 0, 1,
            0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, (byte)options.Length, .. options,
        ];
    }

    // All behind the id: recursion desired, one question, and OPT for 1232 bytes (RFC 6891 §6.1.2).
    private static byte[] Plain(string label) =>
        [1, 0, 0, 1, 0, 0, 0, 0, 0, 1, .. Name($"{label}.{UpstreamDns.Wild}"), 0, 1, 0, 1, 0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0];

    private static byte[] Name(string text) => [.. text.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];
}
