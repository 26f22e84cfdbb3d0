using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>The part of a flow that ports and schemes are about.</summary>
internal readonly record struct Traffic(Transport Transport, Protocol Protocol, ushort Port)
{
    /// <summary>On 443 only TLS, on 80 only HTTP or TLS, unless the entry that matches says otherwise. Silence is neither.</summary>
    public bool BreaksPin => Transport == Transport.Tcp && Port switch
    {
        443 => Protocol != Protocol.Tls,
        80 => Protocol is not (Protocol.Http or Protocol.Tls),
        _ => false,
    };

    public bool CarriesNames => Protocol is Protocol.Tls or Protocol.Http or Protocol.Quic;
}
