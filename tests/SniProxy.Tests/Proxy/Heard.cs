using System.Text;

namespace SniProxy.Tests.Proxy;

/// <summary>What a peer read until the end, and how it ended.</summary>
internal sealed record Heard(byte[] Bytes, bool WasReset)
{
    public string Text => Encoding.Latin1.GetString(Bytes);
}
