namespace SniProxy.Core.Http;

/// <summary>Why the appliance itself answers a request, in the terms of RFC 9209 section 2.3. Zero is a refusal.</summary>
public enum ProxyError : byte
{
    /// <summary>403, <c>http_request_denied</c>.</summary>
    RequestDenied = 0,

    /// <summary>502, <c>dns_error</c>: the name does not resolve.</summary>
    DnsError,

    /// <summary>504, <c>dns_timeout</c>.</summary>
    DnsTimeout,

    /// <summary>502, <c>connection_refused</c>.</summary>
    ConnectionRefused,

    /// <summary>504, <c>connection_timeout</c>.</summary>
    ConnectionTimeout,

    /// <summary>503, <c>connection_limit_reached</c>: a limit of the appliance, or it is stopping.</summary>
    ConnectionLimitReached,

    /// <summary>502, <c>destination_ip_unroutable</c>.</summary>
    DestinationUnroutable,
}
