using SniProxy.Core.Names;

namespace SniProxy.Core.Tls;

/// <summary>What the proxy needs to know of a ClientHello (RFC 8446 section 4.1.2). It holds no reference to the bytes it was read from.</summary>
public readonly record struct ClientHello
{
    /// <summary>The server_name extension's one host name, exactly when <see cref="ServerNameStatus"/> is <see cref="ServerNameStatus.Valid"/>.</summary>
    public HostName? ServerName { get; init; }

    public ServerNameStatus ServerNameStatus { get; init; }

    /// <summary>The name was sent with a dot behind it (RFC 6066 section 3 wants none). The canonical name has none; for the log only.</summary>
    public bool HadTrailingDot { get; init; }

    /// <summary>
    /// Encrypted ClientHello, real or grease, which cannot be told apart, or its forerunner encrypted_server_name: the name here may be
    /// a front for another.
    /// </summary>
    public bool HasEch { get; init; }

    /// <summary>The client sends data before it has heard the server (RFC 8446 section 4.2.10).</summary>
    public bool HasEarlyData { get; init; }

    /// <summary>client_version of TLS 1.2 and before; 0x0303 from every TLS 1.3 client.</summary>
    public ushort LegacyVersion { get; init; }

    /// <summary>
    /// The highest version offered that is one of SSL 3.0 to TLS 1.3 (0x0300 to 0x0304); for the log only. A supported_versions extension
    /// that cannot be read counts as absent, because it has no say in the name.
    /// </summary>
    public ushort HighestVersion { get; init; }

    /// <summary>The first protocol offered by ALPN (RFC 7301) whose name is printable, which grease is not.</summary>
    public string? Alpn { get; init; }

    /// <summary>The bytes the hello took on the wire, record headers included: it ends where a record ends. Zero where there were no records (QUIC).</summary>
    public int WireLength { get; init; }
}
