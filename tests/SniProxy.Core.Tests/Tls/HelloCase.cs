using SniProxy.Core.Tls;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tests.Tls;

/// <summary>First bytes of a connection and what the reader has to say about them.</summary>
internal sealed record HelloCase(string Title, byte[] Wire, ReadStatus Status)
{
    public string? Name { get; init; }

    public ServerNameStatus NameStatus { get; init; }

    public TlsAlert Alert { get; init; }

    /// <summary>The handshake message where the fault, if there is one, is inside it: the verdict must then survive any division into records.</summary>
    public byte[]? Message { get; init; }

    public static HelloCase Named(string title, byte[] wire, string name, byte[]? message = null) => new(title, wire, ReadStatus.Complete)
    {
        Name = name,
        NameStatus = ServerNameStatus.Valid,
        Alert = TlsAlert.AccessDenied,
        Message = message,
    };

    public static HelloCase Named(string title, ClientHelloBuilder hello, string name = ClientHelloBuilder.DefaultName) =>
        Named(title, hello.Wire(), name, hello.Message());

    public static HelloCase Nameless(string title, ClientHelloBuilder hello, ServerNameStatus nameStatus = ServerNameStatus.Absent) => new(title, hello.Wire(), ReadStatus.Complete)
    {
        NameStatus = nameStatus,
        Alert = TlsAlert.UnrecognizedName,
        Message = hello.Message(),
    };

    public static HelloCase Malformed(string title, byte[] wire, TlsAlert alert) => new(title, wire, ReadStatus.Malformed) { Alert = alert };

    public static HelloCase Malformed(string title, ClientHelloBuilder hello, TlsAlert alert = TlsAlert.DecodeError) =>
        new(title, hello.Wire(), ReadStatus.Malformed) { Alert = alert, Message = hello.Message() };

    public static HelloCase Incomplete(string title, byte[] wire) => new(title, wire, ReadStatus.Incomplete) { Alert = TlsAlert.AccessDenied };

    public static HelloCase TooLarge(string title, byte[] wire) => new(title, wire, ReadStatus.TooLarge) { Alert = TlsAlert.RecordOverflow };

    public static HelloCase Other(string title, byte[] wire, TlsAlert alert = TlsAlert.UnexpectedMessage) => new(title, wire, ReadStatus.OtherProtocol) { Alert = alert };

    public override string ToString() => Title;
}
