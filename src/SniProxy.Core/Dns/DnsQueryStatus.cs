namespace SniProxy.Core.Dns;

/// <summary>What becomes of a client's message before anybody looks at its name. Zero answers nothing.</summary>
public enum DnsQueryStatus : byte
{
    /// <summary>No query: a response, a fragment, or not even a header. Answering would invite loops and reflection.</summary>
    Drop = 0,

    /// <summary>Not exactly one question (RFC 9619), a compressed question, records that do not parse.</summary>
    FormErr,

    /// <summary>Another operation than QUERY.</summary>
    NotImp,

    /// <summary>Another class than IN.</summary>
    Refused,

    /// <summary>An EDNS version that is not 0 (RFC 6891 section 6.1.3).</summary>
    BadVers,

    /// <summary>A question to be judged.</summary>
    Complete,
}
