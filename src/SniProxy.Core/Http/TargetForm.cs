namespace SniProxy.Core.Http;

/// <summary>The form of a request target (RFC 9112 section 3.2).</summary>
public enum TargetForm : byte
{
    None = 0,

    /// <summary>A path, <c>/index.html?x=1</c>.</summary>
    Origin,

    /// <summary>A whole <c>http://</c> URI, as clients send it to a proxy.</summary>
    Absolute,

    /// <summary><c>host:port</c>, of CONNECT only.</summary>
    Authority,

    /// <summary><c>*</c>, of OPTIONS only.</summary>
    Asterisk,
}
