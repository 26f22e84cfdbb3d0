namespace SniProxy.Core.Http;

/// <summary>
/// What the head of a request says. It belongs to its <see cref="RequestHeadReader"/>, means something only while that answers
/// <see cref="Wire.ReadStatus.Complete"/>, and is overwritten by the next request.
/// </summary>
public sealed class RequestHead
{
    internal RequestHead()
    {
    }

    /// <summary>Bytes from the first one read to the end of the empty line that ends the head.</summary>
    public int Length { get; internal set; }

    public RequestMethod Method { get; internal set; }

    public bool IsConnect => Method == RequestMethod.Connect;

    public TargetForm Form { get; internal set; }

    /// <summary>0 of HTTP/1.0 or 1 of HTTP/1.1.</summary>
    public byte MinorVersion { get; internal set; }

    /// <summary>
    /// Where the request wants to go: the target's authority in absolute and authority form (a Host field then says the same), otherwise
    /// the Host field. Absent: HTTP/1.0 without Host, or an empty Host.
    /// </summary>
    public Authority Authority { get; internal set; }

    public BodyFraming Framing { get; internal set; }

    /// <summary>Bytes of the body, for <see cref="BodyFraming.Length"/>.</summary>
    public long ContentLength { get; internal set; }

    public UpgradeKind Upgrade { get; internal set; }

    /// <summary>The client waits for 100 (Continue) before it sends the body (RFC 9110 section 10.1.1).</summary>
    public bool ExpectsContinue { get; internal set; }

    /// <summary>No request follows on this connection: Connection: close, or HTTP/1.0 without keep-alive (RFC 9112 section 9.3).</summary>
    public bool IsLast { get; internal set; }

    /// <summary>By its Accept field the client would rather read JSON than text.</summary>
    public bool PrefersJson { get; internal set; }

    public bool HasProxyCredentials => ProxyCredentials.Length > 0;

    /// <summary>A Host field stands in the head, empty or not.</summary>
    public bool HasHost { get; internal set; }

    /// <summary>The value of Proxy-Authorization. Secret: for <see cref="BasicCredentials"/> only, never for a log.</summary>
    public HeadRange ProxyCredentials { get; internal set; }

    /// <summary>The request target. It may hold secrets: never for a log.</summary>
    public HeadRange Target { get; internal set; }

    /// <summary>The authority inside an absolute target, as written.</summary>
    public HeadRange TargetAuthority { get; internal set; }


    internal void Clear()
    {
        Length = 0;
        Method = RequestMethod.Other;
        Form = TargetForm.None;
        MinorVersion = 0;
        Authority = default;
        Framing = BodyFraming.Unknown;
        ContentLength = 0;
        Upgrade = UpgradeKind.Forbidden;
        ExpectsContinue = false;
        IsLast = false;
        PrefersJson = false;
        ProxyCredentials = default;
        Target = default;
        TargetAuthority = default;
        HasHost = false;
    }
}
