namespace SniProxy.Core.Http;

/// <summary>What is to be done with the bytes a client sent. Zero refuses.</summary>
public enum RequestStep : byte
{
    /// <summary>Forward nothing more: <see cref="RequestStream.Fault"/> says why.</summary>
    Refuse = 0,

    /// <summary>Ask again when there are more bytes.</summary>
    NeedMore,

    /// <summary>
    /// A request head lies in the counted bytes. When it is allowed, call <see cref="RequestStream.Accept"/> and forward them, as they are
    /// or rewritten; when it is not, forward nothing more.
    /// </summary>
    Judge,

    /// <summary>Forward the counted bytes as they are.</summary>
    Forward,

    /// <summary>Keep the bytes and ask again when <see cref="RequestStream.Observe"/> returned true.</summary>
    Hold,

    /// <summary>The client's last request is through: forward nothing more, let the response pass.</summary>
    Finish,
}
