namespace SniProxy.Core.Http;

/// <summary>
/// Words for <see cref="RequestFault"/>: what is wrong and, where it helps, what to send instead. They never repeat bytes of the
/// request.
/// </summary>
public static class RequestFaults
{
    public static string Describe(this RequestFault fault) => fault switch
    {
        RequestFault.None => "the request is sound",
        RequestFault.NotHttp => "the first byte cannot begin an HTTP request",
        RequestFault.EmptyLines => "more than one empty line before the request line",
        RequestFault.BareLineFeed => "a line ends in LF alone; lines end in CR LF",
        RequestFault.BareCarriageReturn => "a CR without LF in the head",
        RequestFault.ControlByte => "a control byte in the head",
        RequestFault.RequestLine => "the request line is not method, target and version with one space between them",
        RequestFault.Method => "the method is not a token",
        RequestFault.Target => "the request target has no valid form for its method",
        RequestFault.Scheme => "an absolute target must begin with http://; for https use CONNECT",
        RequestFault.Version => "the version is neither HTTP/1.1 nor HTTP/1.0",
        RequestFault.Http2Preface => "HTTP/2 without TLS is not let through; use HTTP/1.1 or TLS",
        RequestFault.RequestLineTooLong => "the request line is too long",
        RequestFault.HeadTooLong => "the head is too long",
        RequestFault.TooManyFields => "the head has too many fields",
        RequestFault.FieldName => "a field name is not a token directly followed by a colon",
        RequestFault.Folding => "a field line begins with a space or a tab",
        RequestFault.FieldRepeated => "a field that may stand once stands twice",
        RequestFault.HostMissing => "HTTP/1.1 without a Host field",
        RequestFault.HostRepeated => "more than one Host field",
        RequestFault.HostMalformed => "the Host field is not host or host:port",
        RequestFault.HostMismatch => "the request target and the Host field name different destinations",
        RequestFault.ContentLength => "the Content-Length is not one plain number",
        RequestFault.TransferEncoding => "the Transfer-Encoding is something other than chunked, once, in HTTP/1.1",
        RequestFault.BothLengths => "both Content-Length and Transfer-Encoding",
        RequestFault.ConnectionOption => "the Connection field is malformed, or names a field that is not the connection's",
        RequestFault.Expectation => "an Expect field other than 100-continue in HTTP/1.1",
        RequestFault.ConnectBody => "CONNECT with a body",
        RequestFault.Chunk => "a chunk is malformed",
        RequestFault.Trailer => "the trailer section is malformed, too long, or holds a field that may not stand there",
        RequestFault.NestedConnect => "CONNECT where no proxy was asked for",
        RequestFault.UpgradeForbidden => "an upgrade to another version of HTTP or to TLS; use HTTP/1.1",
        RequestFault.UpgradePipelined => "an upgrade behind a request that is not answered yet; use a connection of its own",
        _ => "no request was read",
    };
}
