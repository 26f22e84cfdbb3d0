namespace SniProxy.Core.Contract;

/// <summary>What reasons have in common.</summary>
public static class Reasons
{
    /// <summary>True for bytes that look like TLS or HTTP and show no name that can be read.</summary>
    public static bool IsUnreadable(this Reason reason) => reason
        is Reason.NoServerName or Reason.MalformedClientHello or Reason.ClientHelloTimeout or Reason.ClientHelloTooLarge or Reason.MalformedRequest;
}
