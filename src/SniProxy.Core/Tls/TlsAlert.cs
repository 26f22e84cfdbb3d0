namespace SniProxy.Core.Tls;

/// <summary>The alerts that a refusal can carry (RFC 8446 section 6).</summary>
public enum TlsAlert : byte
{
    /// <summary>A message that has no place here, or a record that may not stand between the pieces of one.</summary>
    UnexpectedMessage = 10,

    /// <summary>A record or a message longer than what is allowed.</summary>
    RecordOverflow = 22,

    /// <summary>A field that is readable and forbidden, such as an extension sent twice.</summary>
    IllegalParameter = 47,

    /// <summary>Everything was readable, and policy says no.</summary>
    AccessDenied = 49,

    /// <summary>Lengths that do not add up.</summary>
    DecodeError = 50,

    /// <summary>A version of the protocol that nobody should speak any more.</summary>
    ProtocolVersion = 70,

    /// <summary>The server name is missing or is none (RFC 6066 section 3).</summary>
    UnrecognizedName = 112,
}
