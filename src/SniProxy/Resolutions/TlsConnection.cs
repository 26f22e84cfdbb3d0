using System.Buffers;
using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>
/// One connection to a name server over TLS, from the handshake to its end. Questions go out as they come, and the answers may come in any order
/// (RFC 7766 section 6.2.1.1). It ends when nobody has asked for a while, or the server owes an answer for as long as anybody waits for one.
/// </summary>
#pragma warning disable CA1001 // It disposes of all it has when it ends, which nobody has to wait for.
internal sealed class TlsConnection
#pragma warning restore CA1001
{
    // RFC 7766 section 6.2.3: a few seconds; a server may close sooner.
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    private readonly UpstreamAddress server;
    private readonly ResolverOptions options;
    private readonly TimeProvider clock;
    private readonly Action<string?> tell;
    private readonly OwedAnswers owed;
    private readonly Channel<byte[]> outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource silence;

    /// <param name="server">Whom to connect to, and the name its certificate must hold.</param>
    /// <param name="options">The times to wait, and whom to trust.</param>
    /// <param name="clock">Measures them.</param>
    /// <param name="tell">Hears why there is no connection, and null when there is one.</param>
    /// <param name="stopping">Ends it.</param>
    public TlsConnection(UpstreamAddress server, ResolverOptions options, TimeProvider clock, Action<string?> tell, CancellationToken stopping)
    {
        this.server = server;
        this.options = options;
        this.clock = clock;
        this.tell = tell;
        silence = new CancellationTokenSource(options.QueryTimeout, clock);
        owed = new OwedAnswers(clock, isOwed => silence.CancelAfter(isOwed ? options.QueryTimeout : IdleTime));
        Ended = RunAsync(stopping);
    }

    /// <summary>Completes when everything about it is over.</summary>
    public Task Ended { get; }

    public bool HasEnded => owed.HasEnded;

    /// <summary>
    /// Better not to ask more of it. Half of the time that one server has to itself: when that has passed the question is asked again, and
    /// then of another connection.
    /// </summary>
    public bool IsSilent => owed.IsSilentFor(options.AttemptTimeout / 2);

    /// <summary>The response; null when the connection has ended or ends before, or where it cannot be read.</summary>
    public Task<DnsResponse?> AskAsync(HostName name, DnsType type)
    {
        if (!owed.TryAsk(name, type, out var frame, out var answer))
        {
            return Task.FromResult<DnsResponse?>(null);
        }

        outgoing.Writer.TryWrite(frame);
        return answer;
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        // Whoever asks first has the lock of all connections in hand.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(stopping, silence.Token);
        try
        {
            using var socket = new Socket(server.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var stream = await TlsHandshake.ConnectAsync(socket, server, options, clock, life.Token);
            tell(null);
            var writing = WriteAsync(stream, life);
            try
            {
                await ReadAsync(stream, life.Token);
            }
            finally
            {
                await life.CancelAsync();
                await writing;
            }
        }
        catch (AuthenticationException exception)
        {
            tell(exception.InnerException?.Message ?? exception.Message);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // Closed, reset or silent: whoever waits for an answer asks elsewhere.
        }
        finally
        {
            owed.End();
            silence.Dispose();
        }
    }

    private async Task WriteAsync(SslStream stream, CancellationTokenSource life)
    {
        try
        {
            await foreach (var frame in outgoing.Reader.ReadAllAsync(life.Token))
            {
                await stream.WriteAsync(frame, life.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            await life.CancelAsync();
        }
    }

    private async Task ReadAsync(SslStream stream, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ushort.MaxValue);
        try
        {
            while (await FillAsync(stream, buffer.AsMemory(0, 2), cancellation))
            {
                var message = buffer.AsMemory(0, BinaryPrimitives.ReadUInt16BigEndian(buffer));
                if (!await FillAsync(stream, message, cancellation))
                {
                    return;
                }

                owed.Take(message.Span);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<bool> FillAsync(SslStream stream, Memory<byte> into, CancellationToken cancellation) =>
        await stream.ReadAtLeastAsync(into, into.Length, throwOnEndOfStream: false, cancellation) == into.Length;
}
