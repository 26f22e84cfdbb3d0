namespace SniProxy.Proxy;

/// <summary>How connections reach a listener, and therefore where it learns their destination.</summary>
internal enum ListenerKind : byte
{
    /// <summary>The kernel's nat redirected them; the connection tracker knows the original destination.</summary>
    Redirect,

    /// <summary>The kernel's tproxy handed them over unchanged; the local address is the original destination.</summary>
    TProxy,

    /// <summary>
    /// The client asks for a destination itself: CONNECT or an absolute-form request (RFC 9110 section 9.3.6, RFC 9112 section 3.2.2).
    /// </summary>
    Explicit,
}
