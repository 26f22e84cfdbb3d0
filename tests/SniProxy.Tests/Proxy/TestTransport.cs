using SniProxy.Proxy;

namespace SniProxy.Tests.Proxy;

/// <summary>What carries the connections of this run's tests: SNIPROXY_TRANSPORT, or what a configuration without a word gets.</summary>
internal static class TestTransport
{
    public static TransportKind Chosen { get; } =
        Environment.GetEnvironmentVariable("SNIPROXY_TRANSPORT") is { Length: > 0 } name ? Enum.Parse<TransportKind>(name) : new ProxyOptions().Transport;
}
