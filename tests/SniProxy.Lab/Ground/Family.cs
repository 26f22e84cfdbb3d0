namespace SniProxy.Lab.Ground;

/// <summary>Which of the two address families a client speaks; every claim is made for both.</summary>
public enum Family
{
    IPv4,
    IPv6,
}
