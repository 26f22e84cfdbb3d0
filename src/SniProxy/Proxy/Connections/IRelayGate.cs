using System.Buffers;

namespace SniProxy.Proxy.Connections;

/// <summary>
/// Looks at bytes of a flow that was already let through, before they are forwarded: a second ClientHello, a further request, the first
/// bytes where the server speaks first. Both directions of a relay ask it, from two threads. The relay lets go of it once it is open, or at the end.
/// </summary>
internal interface IRelayGate : IDisposable
{
    /// <summary>Nothing is left to look at; the relay stops asking.</summary>
    bool IsOpen { get; }

    /// <summary>Says whom to wake; before the first byte is asked about. A gate that waits for bytes only wakes nobody.</summary>
    void AttachTo(IGatedRelay relay)
    {
    }

    /// <summary>Says what may become of the client's unforwarded bytes.</summary>
    GateAnswer OnClientBytes(in ReadOnlySequence<byte> unforwarded);

    /// <summary>Sees the server's bytes before they are forwarded. True when held client bytes should be asked about again.</summary>
    bool OnServerBytes(ReadOnlySpan<byte> bytes);
}
