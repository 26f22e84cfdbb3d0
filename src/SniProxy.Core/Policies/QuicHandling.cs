namespace SniProxy.Core.Policies;

/// <summary>What is done about QUIC (<c>quic</c>).</summary>
public enum QuicHandling : byte
{
    Block = 0,

    /// <summary>Its server name is read and judged.</summary>
    Sni,
}
