using System.Buffers;
using SniProxy.Core.Contract;
using SniProxy.Core.FirstBytes;
using SniProxy.Core.Http;
using SniProxy.Core.Names;
using SniProxy.Core.Tls;
using SniProxy.Core.Wire;

namespace SniProxy.Proxy;

/// <summary>
/// What a client's first bytes show: the protocol by its bytes, on every port, and the name it asks for. Once bytes look like TLS or like
/// HTTP they never become something else; what cannot be read then says why in <see cref="Unreadable"/>.
/// </summary>
internal sealed class FirstMessage(int maxHelloBytes) : IDisposable
{
    // MySQL's packet header: three bytes of length, one of sequence number.
    private const int MySqlHeaderBytes = 4;

    // What has read one hello reads the next one of its thread: nobody holds a reader while something else happens there that wants one.
    [ThreadStatic]
    private static ClientHelloReader? spare;

    // Made when the first bytes show which of them is needed: of most connections only one ever is.
    private ClientHelloReader? hello;
    private RequestHeadReader? request;
    private FirstBytesKind kind = FirstBytesKind.Incomplete;

    /// <summary><see cref="Core.Contract.Protocol.Unread"/> until a byte was seen.</summary>
    public Protocol Protocol { get; private set; } = Protocol.Unread;

    public HostName? Name { get; private set; }

    public Evidence Evidence { get; private set; }

    /// <summary>Why there is no name although there should be one, or <see cref="Reason.None"/>.</summary>
    public Reason Unreadable { get; private set; }

    /// <summary>The request's head, once it is complete.</summary>
    public RequestHead? Request { get; private set; }

    /// <summary>The hello, once it is complete.</summary>
    public ClientHello? Hello { get; private set; }

    public bool HasEch => Hello is { HasEch: true };

    public bool IsTls => kind is FirstBytesKind.Tls or FirstBytesKind.SslV2;

    public bool IsHttp => Protocol == Protocol.Http;

    /// <summary>The alert that tells a TLS client what is wrong.</summary>
    public TlsAlert Alert { get; private set; } = TlsAlert.AccessDenied;

    /// <summary>Looks at the bytes from the connection's first on. True once more of them cannot change what they show.</summary>
    public bool Read(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return false;
        }

        if (kind == FirstBytesKind.Incomplete)
        {
            Protocol = Protocol.Other;
            kind = Classify(bytes);
        }

        switch (kind)
        {
            case FirstBytesKind.Incomplete:
                return false;
            case FirstBytesKind.Tls or FirstBytesKind.SslV2:
                Protocol = Protocol.Tls;
                return ReadHello(bytes);
            case FirstBytesKind.HttpCandidate or FirstBytesKind.Http2Preface:
                Protocol = Protocol.Http;
                return ReadRequest(bytes);
            case FirstBytesKind.Ssh:
                Protocol = Protocol.Ssh;
                return true;
            case FirstBytesKind.PostgresSslRequest or FirstBytesKind.PostgresGssRequest:
            case FirstBytesKind.PostgresCancel or FirstBytesKind.PostgresStartup:
                Protocol = Protocol.Postgres;
                return true;
            case FirstBytesKind.Redis:
                Protocol = Protocol.Redis;
                return true;
            default:
                Protocol = Protocol.Other;
                return true;
        }
    }

    /// <summary>
    /// Takes the same bytes for an answer to a server that spoke first. No HTTP server does that, so a command that merely begins like a request
    /// (<c>EHLO host</c>) is none; and behind a greeting a MySQL client's packet, numbered 1, can be told.
    /// </summary>
    public void ReadAsAnswer(in ReadOnlySequence<byte> bytes)
    {
        if (Unreadable == Reason.MalformedRequest)
        {
            Unreadable = Reason.None;
            Protocol = Protocol.Other;
        }

        if (Protocol == Protocol.Other && bytes.Length >= MySqlHeaderBytes && bytes.Slice(MySqlHeaderBytes - 1, 1).FirstSpan[0] == 1)
        {
            Protocol = Protocol.MySql;
        }
    }

    /// <summary>The message did not end in time.</summary>
    public void TimeOut() => Unreadable = Reason.ClientHelloTimeout;

    public void Dispose() => hello?.Dispose();

    private static FirstBytesKind Classify(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> prefix = stackalloc byte[FirstBytes.DecidedAt];
        var looked = bytes.Slice(0, Math.Min(bytes.Length, prefix.Length));
        looked.CopyTo(prefix);
        return FirstBytes.Classify(prefix[..(int)looked.Length]);
    }

    private bool ReadHello(in ReadOnlySequence<byte> bytes)
    {
        hello ??= TakeReader();
        var status = hello.Read(bytes);
        if (status == ReadStatus.Incomplete)
        {
            return false;
        }

        (Alert, var complete) = (hello.Alert, status == ReadStatus.Complete ? hello.Hello : default);
        hello.Reset();
        (spare, hello) = (hello, null);
        switch (status)
        {
            case ReadStatus.Complete:
                Hello = complete;
                Name = complete.ServerName;
                Evidence = Name is null ? Evidence.None : Evidence.Sni;
                Unreadable = Name is null ? Reason.NoServerName : Reason.None;
                return true;
            case ReadStatus.TooLarge:
                Unreadable = Reason.ClientHelloTooLarge;
                return true;
            default:
                Unreadable = Reason.MalformedClientHello;
                return true;
        }
    }

    private ClientHelloReader TakeReader()
    {
        var taken = spare is { } idle && idle.MaxHelloBytes == maxHelloBytes ? idle : new ClientHelloReader(maxHelloBytes);
        spare = null;
        return taken;
    }

    private bool ReadRequest(in ReadOnlySequence<byte> bytes)
    {
        request ??= new RequestHeadReader();
        switch (request.Read(bytes))
        {
            case ReadStatus.Incomplete:
                return false;
            case ReadStatus.Complete:
                Request = request.Head;
                Name = request.Head.Authority.Name;
                Evidence = Name is null ? Evidence.None : Evidence.Host;
                return true;
            default:
                Unreadable = Reason.MalformedRequest;
                return true;
        }
    }
}
