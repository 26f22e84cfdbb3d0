namespace SniProxy.Proxy;

/// <summary>The section Proxy of the configuration.</summary>
internal sealed record ProxyOptions
{
    public IReadOnlyList<ListenerOptions> Listeners { get; init; } = [];

    /// <summary>What carries connections. Both show the same to everybody; loops cost less.</summary>
    public TransportKind Transport { get; init; } = OperatingSystem.IsLinux() ? TransportKind.Loops : TransportKind.Sockets;

    /// <summary>Event loops, each a thread; null for one a processor.</summary>
    public int? Loops { get; init; }

    /// <summary>How long a loop looks for events before it sleeps: waking up costs a client more than that, looking costs processor time.</summary>
    public TimeSpan LoopSpin { get; init; } = TimeSpan.FromMicroseconds(30);

    /// <summary>From accept to the client's first byte.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From accept to the end of the ClientHello or request head; progress does not extend it.</summary>
    public TimeSpan ClientHelloTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Handshake bytes of a ClientHello. Post-quantum hellos are 1.8 KB, OpenSSL's own limit is 128 KiB.</summary>
    public int ClientHelloMaxBytes { get; init; } = 32 * 1024;

    /// <summary>One address; all addresses of a name together get three times this.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long one direction may stay open and silent after the other was closed.</summary>
    public TimeSpan HalfClosedTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Ports of protocols whose server speaks first: FTP, SSH, SMTP, POP3, NNTP, IMAP, submission, MySQL, VNC.</summary>
    public IReadOnlySet<int> ServerFirstPorts { get; init; } = new HashSet<int> { 21, 22, 25, 110, 119, 143, 587, 3306, 5900 };

    /// <summary>Open connections in all; null means what the descriptor limit leaves room for.</summary>
    public int? MaxConnections { get; init; }

    public int MaxConnectionsPerSandbox { get; init; } = 1000;

    public int NewConnectionsPerSecondPerSandbox { get; init; } = 200;

    /// <summary>How long live connections may go on after SIGTERM.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
