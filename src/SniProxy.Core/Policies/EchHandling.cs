namespace SniProxy.Core.Policies;

/// <summary>What is done about Encrypted ClientHello (<c>ech</c>).</summary>
public enum EchHandling : byte
{
    /// <summary>A hello that carries the extension is denied.</summary>
    Deny = 0,

    /// <summary>DNS hands out no keys; a hello is judged by its outer name.</summary>
    Strip,

    /// <summary>DNS relays the keys; a hello is judged by its outer name.</summary>
    Allow,
}
