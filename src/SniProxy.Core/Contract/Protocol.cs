namespace SniProxy.Core.Contract;

/// <summary>What the first bytes of a flow show.</summary>
public enum Protocol : byte
{
    /// <summary>Bytes of no protocol that is known here.</summary>
    Other = 0,

    /// <summary>No byte of the client was read yet (a port where the server speaks first): an entry's scheme is matched by its port alone, and the flow is judged again when its first bytes are here.</summary>
    Unread,
    Tls,
    Http,
    Ssh,
    Postgres,
    MySql,
    Redis,
    Quic,
    Dns,
}
