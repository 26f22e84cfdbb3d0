using System.Net;
using System.Net.Sockets;
using SniProxy.Enforcement;

namespace SniProxy.Dns;

/// <summary>Port 53 of every sandbox ends here, whichever server it meant, over UDP and TCP and both families.</summary>
internal sealed class DnsServer(DnsOptions options, DnsQueryHandler handler, IngressInterfaces interfaces, DnsMetrics metrics, ILogger<DnsServer> logger) : IDisposable
{
    private const int BindAttempts = 10;
    private const int Backlog = 512;

    // One answers a hundred thousand questions a second.
    private const int MostUdpThreads = 4;
    private const int ReceiveBufferBytes = 4 * 1024 * 1024;

    private readonly CancellationTokenSource stopping = new();
    private readonly Underway underway = new();
    private readonly List<Socket> sockets = [];
    private readonly List<IPEndPoint> endpoints = [];
    private readonly List<Task> loops = [];
    private int stopped;

    /// <summary>Where it listens, with the real port where 0 was written; filled by <see cref="StartAsync"/>.</summary>
    public IReadOnlyList<IPEndPoint> Endpoints => endpoints;

    /// <summary>Binds every endpoint, then serves. Throws where one cannot be had.</summary>
    /// <exception cref="IOException">An endpoint is taken or not this machine's.</exception>
    /// <exception cref="InvalidOperationException">The options are not valid.</exception>
    public Task StartAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var errors = options.Validate();
        if (errors.Count > 0 || !DnsOptions.TryParseEndpoints(options.Endpoint, out var wanted))
        {
            throw new InvalidOperationException(string.Join(Environment.NewLine, errors));
        }

        foreach (var endpoint in wanted)
        {
            Listen(WithoutIPv6(endpoint));
        }

        metrics.ObserveUnread(() => sockets.Where(socket => socket.SocketType == SocketType.Dgram).Sum(DatagramKernel.DroppedBy));

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref stopped, 1) != 0)
        {
            return;
        }

        await stopping.CancelAsync();
        Close();
        await Task.WhenAll(loops).WaitAsync(cancellation);
        await underway.WhenNoneAsync().WaitAsync(cancellation);
    }

    public void Dispose()
    {
        // The loops are to see that the door closes, not that their sockets fail.
        stopping.Cancel();
        Close();
        stopping.Dispose();
    }

    private void Listen(IPEndPoint endpoint)
    {
        var (udp, tcp) = BindOrExplain(endpoint);
        var bound = (IPEndPoint)(udp.LocalEndPoint ?? endpoint);
        endpoints.Add(bound);
        for (var i = 0; i < Math.Min(Environment.ProcessorCount, MostUdpThreads); i++)
        {
            loops.Add(new DnsUdpListener(udp, handler, interfaces, underway, logger).RunAsync(stopping.Token));
        }

        loops.Add(new DnsTcpListener(tcp, options, handler, interfaces, underway, logger).RunAsync(stopping.Token));
        DnsLog.Listening(logger, bound);
    }

    private (Socket Udp, Socket Tcp) BindOrExplain(IPEndPoint endpoint)
    {
        try
        {
            return Bind(endpoint);
        }
        catch (SocketException error)
        {
            var fix = error.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "See what listens there already: `ss -lunp` and `ss -ltnp`.",
                SocketError.AddressNotAvailable => "No interface of this machine has that address.",
                SocketError.AccessDenied => "Ports below 1024 need CAP_NET_BIND_SERVICE; name a higher one, the rules lead port 53 to it.",
                _ => "See SniProxy:Dns:Endpoint.",
            };
            throw new IOException($"DNS cannot be bound to {endpoint}: {error.Message}. {fix}", error);
        }
    }

    // With port 0 the system chooses for UDP, and TCP may find that port taken: then another one is asked for.
    private (Socket Udp, Socket Tcp) Bind(IPEndPoint endpoint)
    {
        var isIPv6 = endpoint.AddressFamily == AddressFamily.InterNetworkV6;
        for (var attempt = 1; ; attempt++)
        {
            var udp = Open(endpoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            var tcp = Open(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            udp.ReceiveBufferSize = ReceiveBufferBytes;
            udp.SetSocketOption(isIPv6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            udp.Bind(endpoint);
            try
            {
                tcp.Bind(new IPEndPoint(endpoint.Address, ((IPEndPoint)(udp.LocalEndPoint ?? endpoint)).Port));
                tcp.Listen(Backlog);
                return (udp, tcp);
            }
            catch (SocketException) when (endpoint.Port == 0 && attempt < BindAttempts)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private Socket Open(AddressFamily family, SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(family, type, protocol);
        sockets.Add(socket);
        if (family == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = true;
        }

        return socket;
    }

    private IPEndPoint WithoutIPv6(IPEndPoint endpoint)
    {
        if (Socket.OSSupportsIPv6 || !endpoint.Address.Equals(IPAddress.IPv6Any))
        {
            return endpoint;
        }

        DnsLog.NoIPv6(logger, endpoint);
        return new IPEndPoint(IPAddress.Any, endpoint.Port);
    }

    private void Close() => sockets.ForEach(socket => socket.Dispose());
}
