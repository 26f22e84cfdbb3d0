namespace SniProxy.Core.Policies;

/// <summary>How DNS answers (<c>dns.mode</c>).</summary>
public enum PolicyDnsMode : byte
{
    /// <summary>Addresses of our own stand for names; nothing is asked upstream before a flow begins.</summary>
    Synthetic = 0,
    Forward,
}
