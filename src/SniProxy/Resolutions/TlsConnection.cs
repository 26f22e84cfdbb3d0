using System.Buffers;
using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>
/// One connection to a name server over TLS, from the handshake to its end. Questions go out as they come and are told apart by their ids; the
/// answers may come in any order (RFC 7766 section 6.2.1.1). It ends when nobody has asked for a while, or the server owes an answer for too long.
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
    private readonly Lock gate = new();
    private readonly Dictionary<ushort, (byte[] Query, TaskCompletionSource<DnsResponse?> Answer)> asked = [];
    private readonly Channel<byte[]> outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource silence;
    private long owedSince;
    private bool hasEnded;

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
        Ended = RunAsync(stopping);
    }

    /// <summary>Completes when everything about it is over; never fails.</summary>
    public Task Ended { get; }

    public bool HasEnded
    {
        get
        {
            lock (gate)
            {
                return hasEnded;
            }
        }
    }

    /// <summary>The server owes an answer for longer than one server has to itself: better not to ask more of it here.</summary>
    public bool IsSilent
    {
        get
        {
            lock (gate)
            {
                return asked.Count > 0 && clock.GetElapsedTime(owedSince) >= options.AttemptTimeout;
            }
        }
    }

    /// <summary>The response; null when the connection has ended or ends before, or where it cannot be read.</summary>
    public Task<DnsResponse?> AskAsync(HostName name, DnsType type)
    {
        var answer = new TaskCompletionSource<DnsResponse?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (hasEnded || asked.Count > ushort.MaxValue / 2)
            {
                return Task.FromResult<DnsResponse?>(null);
            }

            ushort id;
            do
            {
                id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
            }
            while (asked.ContainsKey(id));

            var frame = new byte[2 + UpstreamQuery.MaxLength];
            var length = UpstreamQuery.Write(frame.AsSpan(2), id, name, type);
            BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)length);
            if (asked.Count == 0)
            {
                owedSince = clock.GetTimestamp();
                silence.CancelAfter(options.QueryTimeout);
            }

            asked.Add(id, (frame[2..(2 + length)], answer));
            outgoing.Writer.TryWrite(frame[..(2 + length)]);
        }

        return answer.Task;
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        // Whoever asks first has the lock of all connections in hand.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var life = CancellationTokenSource.CreateLinkedTokenSource(stopping, silence.Token);
        try
        {
            using var socket = new Socket(server.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var stream = await ConnectAsync(socket, life.Token);
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
            End();
        }
    }

    private async Task<SslStream> ConnectAsync(Socket socket, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = new CancellationTokenSource(options.AttemptTimeout, clock);
        using var registration = timer.Token.UnsafeRegister(static state => ((CancellationTokenSource?)state)?.Cancel(), patience);
        await socket.ConnectAsync(server.Endpoint, patience.Token);
        var stream = new SslStream(new NetworkStream(socket));
        try
        {
            await stream.AuthenticateAsClientAsync(Handshake(), patience.Token);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private SslClientAuthenticationOptions Handshake()
    {
        // To fetch certificates or revocations would send requests out, and ask for names, in the middle of asking for a name.
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (options.Roots is { } roots)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots);
        }

        return new SslClientAuthenticationOptions
        {
            TargetHost = server.TlsName,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = policy,
        };
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

                Take(message.Span);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<bool> FillAsync(SslStream stream, Memory<byte> into, CancellationToken cancellation) =>
        await stream.ReadAtLeastAsync(into, into.Length, throwOnEndOfStream: false, cancellation) == into.Length;

    // What answers no question of this connection is passed over.
    private void Take(ReadOnlySpan<byte> message)
    {
        if (message.Length < 2)
        {
            return;
        }

        var id = BinaryPrimitives.ReadUInt16BigEndian(message);
        TaskCompletionSource<DnsResponse?> answer;
        DnsResponse? response;
        lock (gate)
        {
            if (!asked.TryGetValue(id, out var question)
                || DnsResponseReader.Read(message, question.Query, out response) is var status && status == DnsResponseStatus.Mismatched)
            {
                return;
            }

            answer = question.Answer;
            asked.Remove(id);
            owedSince = clock.GetTimestamp();
            silence.CancelAfter(asked.Count == 0 ? IdleTime : options.QueryTimeout);
        }

        answer.TrySetResult(response);
    }

    private void End()
    {
        lock (gate)
        {
            hasEnded = true;
            silence.Dispose();
        }

        // Nobody adds to it any more.
        foreach (var (_, answer) in asked.Values)
        {
            answer.TrySetResult(null);
        }
    }
}
