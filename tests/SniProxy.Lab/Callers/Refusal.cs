using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Callers;

/// <summary>What a bare socket got for its first bytes: everything until the close, and how long the first of it took after the last byte was sent.</summary>
public sealed record Refusal(byte[] Bytes, TimeSpan Elapsed, string ProxyAnswer)
{
    public const byte AccessDenied = 49;
    public const byte DecodeError = 50;
    public const byte UnrecognizedName = 112;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The description of a fatal alert record that is all there was; null when it was anything else (RFC 8446 §6).</summary>
    public byte? Alert => Bytes is [21, 3, _, 0, 2, 2, var description] ? description : null;

    /// <summary>The proxy turned the CONNECT itself down.</summary>
    public bool ByProxy => ProxyTunnel.StatusOf(ProxyAnswer) == 403;

    /// <summary>It ended by a reset.</summary>
    public bool WasReset { get; private init; }

    /// <summary>Sends the bytes to the destination by the route; through the explicit door the target is named in a CONNECT first.</summary>
    public static async Task<Refusal> OfAsync(Namespace sandbox, Route route, string name, IPEndPoint destination, ReadOnlyMemory<byte> first)
    {
        var watch = Stopwatch.StartNew();
        var answer = "";
        var socket = default(Socket);
        if (route.UsesProxy)
        {
            (socket, answer) = await ProxyTunnel.ConnectAsync(sandbox, route, $"{name}:{destination.Port}");
            if (ProxyTunnel.StatusOf(answer) != 200)
            {
                using (socket)
                {
                    return new Refusal([], watch.Elapsed, answer);
                }
            }
        }

        using (socket ??= await sandbox.ConnectAsync(destination))
        {
            watch.Restart();
            await socket.SendAllAsync(first);
            try
            {
                var head = await socket.ReceiveAsync(1, Patience);
                var elapsed = watch.Elapsed;
                return new Refusal([.. head, .. await socket.ReceiveToEndAsync(Patience)], elapsed, answer);
            }
            catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
            {
                return new Refusal([], watch.Elapsed, answer) { WasReset = true };
            }
        }
    }

    public override string ToString() =>
        $"{Elapsed.TotalMilliseconds:F1} ms, {(WasReset ? "reset, " : "")}proxy [{ProxyAnswer}], bytes {Convert.ToHexString(Bytes)} {Encoding.ASCII.GetString(Bytes)}";
}
