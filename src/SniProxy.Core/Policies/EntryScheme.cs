namespace SniProxy.Core.Policies;

/// <summary>Which protocol an entry asks for, by its scheme or by its rule's <c>protocol</c>.</summary>
public enum EntryScheme : byte
{
    /// <summary>None is written: TLS on 443, HTTP or TLS on 80, anything elsewhere.</summary>
    Plain = 0,
    Tls,
    Http,
    Ssh,
    Postgres,
    MySql,
    Redis,
    Quic,

    /// <summary>Any bytes over TCP.</summary>
    Tcp,
}
