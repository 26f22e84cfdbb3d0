namespace SniProxy.Core.Http;

/// <summary>
/// The field lines of one head. Those that say where the request goes, how long it is and what becomes of its connection are read; all
/// others only have to be well formed.
/// </summary>
internal struct RequestFields
{
    private Authority host;
    private AcceptedTypes accepted;
    private UpgradeTokens upgrade;
    private long contentLength;
    private bool hasHost;
    private bool hasLength;
    private bool hasCoding;
    private bool hasExpectation;
    private bool closes;
    private bool keepsAlive;

    /// <summary>Reads one line; <paramref name="offset"/> is where it begins on the wire.</summary>
    public RequestFault Read(ReadOnlySpan<byte> line, int offset, RequestHead head)
    {
        if (line[0] is (byte)' ' or (byte)'\t')
        {
            return RequestFault.Folding;
        }

        if (!HttpSyntax.TakeField(line, out var name, out var value))
        {
            return RequestFault.FieldName;
        }

        return name.Length switch
        {
            4 when name.Is("Host"u8) => ReadHost(value),
            6 when name.Is("Accept"u8) => accepted.Add(value),
            6 when name.Is("Expect"u8) => ReadExpectation(value),
            7 when name.Is("Upgrade"u8) => upgrade.Add(value),
            10 when name.Is("Connection"u8) => ReadConnection(value),
            14 when name.Is("Content-Length"u8) => ReadLength(value),
            14 when name.Is("HTTP2-Settings"u8) => upgrade.Forbid(),
            17 when name.Is("Transfer-Encoding"u8) => ReadCoding(value),
            19 when name.Is("Proxy-Authorization"u8) => ReadCredentials(value, offset + line.LastIndexOf(value), head),
            _ => RequestFault.None,
        };
    }

    /// <summary>What only the whole head can tell.</summary>
    public readonly RequestFault Finish(RequestHead head)
    {
        head.HasHost = hasHost;
        head.ExpectsContinue = hasExpectation;
        head.Upgrade = upgrade.Kind;
        head.IsLast = closes || (head.MinorVersion == 0 && !keepsAlive);
        head.PrefersJson = accepted.PrefersJson;
        var fault = FinishAuthority(head);
        return fault == RequestFault.None ? FinishFraming(head) : fault;
    }

    // RFC 9112 section 3.2: exactly one Host in HTTP/1.1. A proxy may ignore it beside an absolute target, but its origin may not know
    // that; only equal ones are unambiguous.
    private readonly RequestFault FinishAuthority(RequestHead head)
    {
        if (!hasHost)
        {
            if (head.Form is TargetForm.Origin or TargetForm.Asterisk)
            {
                head.Authority = Authority.Absent;
            }

            return head.MinorVersion == 0 ? RequestFault.None : RequestFault.HostMissing;
        }

        var agrees = head.Form switch
        {
            TargetForm.Absolute => head.Authority.Agrees(host, defaultPort: 80),
            TargetForm.Authority => head.Authority.AgreesInHost(host) && (host.Port is null || host.Port == head.Authority.Port),
            _ => true,
        };
        if (head.Form is TargetForm.Origin or TargetForm.Asterisk)
        {
            head.Authority = host;
        }

        return agrees ? RequestFault.None : RequestFault.HostMismatch;
    }

    // RFC 9112 section 6.3, the cases for requests; what it lets a server repair is refused here.
    private readonly RequestFault FinishFraming(RequestHead head)
    {
        if (hasCoding && hasLength)
        {
            return RequestFault.BothLengths;
        }

        if (hasCoding && head.MinorVersion == 0)
        {
            return RequestFault.TransferEncoding;
        }

        // An HTTP/1.0 client's expectation is ignored (RFC 9110 section 10.1.1), so it would never be met.
        if (hasExpectation && head.MinorVersion == 0)
        {
            return RequestFault.Expectation;
        }

        head.ContentLength = contentLength;
        head.Framing = hasCoding ? BodyFraming.Chunked : contentLength > 0 ? BodyFraming.Length : BodyFraming.None;
        return head.IsConnect && head.Framing != BodyFraming.None ? RequestFault.ConnectBody : RequestFault.None;
    }

    private RequestFault ReadHost(ReadOnlySpan<byte> value)
    {
        if (hasHost)
        {
            return RequestFault.HostRepeated;
        }

        hasHost = true;
        host = Authority.Parse(value);
        return host.Kind == AuthorityKind.Malformed ? RequestFault.HostMalformed : RequestFault.None;
    }

    private RequestFault ReadExpectation(ReadOnlySpan<byte> value)
    {
        if (hasExpectation || !value.Is("100-continue"u8))
        {
            return RequestFault.Expectation;
        }

        hasExpectation = true;
        return RequestFault.None;
    }

    // RFC 9110 section 7.6.1. A connection option that names Host or a length makes intermediaries drop that field: a way to another
    // meaning of the same bytes behind us.
    private RequestFault ReadConnection(ReadOnlySpan<byte> value)
    {
        while (HttpSyntax.TakeElement(ref value, out var option))
        {
            if (option.IsEmpty)
            {
                continue;
            }

            if (!HttpSyntax.IsToken(option) || option.Is("Host"u8) || option.Is("Content-Length"u8) || option.Is("Transfer-Encoding"u8))
            {
                return RequestFault.ConnectionOption;
            }

            closes |= option.Is("close"u8);
            keepsAlive |= option.Is("keep-alive"u8);
        }

        return RequestFault.None;
    }

    private RequestFault ReadLength(ReadOnlySpan<byte> value)
    {
        if (hasLength || !HttpSyntax.TryReadLength(value, out contentLength))
        {
            return RequestFault.ContentLength;
        }

        hasLength = true;
        return RequestFault.None;
    }

    // RFC 9112 section 6.1 knows further codings before the final chunked; a server that does not would find another end of the body.
    private RequestFault ReadCoding(ReadOnlySpan<byte> value)
    {
        if (hasCoding || !value.Is("chunked"u8))
        {
            return RequestFault.TransferEncoding;
        }

        hasCoding = true;
        return RequestFault.None;
    }

    private static RequestFault ReadCredentials(ReadOnlySpan<byte> value, int offset, RequestHead head)
    {
        if (head.HasProxyCredentials)
        {
            return RequestFault.FieldRepeated;
        }

        head.ProxyCredentials = new HeadRange(offset, value.Length);
        return RequestFault.None;
    }
}
