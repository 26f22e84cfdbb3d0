namespace SniProxy.Core.Http;

/// <summary>Which rule a request broke. <see cref="RequestFaults.Describe"/> says it in words.</summary>
public enum RequestFault : byte
{
    /// <summary>No request was read.</summary>
    Unread = 0,

    /// <summary>The request is sound.</summary>
    None,
    NotHttp,
    EmptyLines,
    BareLineFeed,
    BareCarriageReturn,
    ControlByte,
    RequestLine,
    Method,
    Target,
    Scheme,
    Version,
    Http2Preface,
    RequestLineTooLong,
    HeadTooLong,
    TooManyFields,
    FieldName,
    Folding,
    FieldRepeated,
    HostMissing,
    HostRepeated,
    HostMalformed,
    HostMismatch,
    ContentLength,
    TransferEncoding,
    BothLengths,
    ConnectionOption,
    Expectation,
    ConnectBody,
    Chunk,
    Trailer,
    NestedConnect,
    UpgradeForbidden,
    UpgradePipelined,
}
