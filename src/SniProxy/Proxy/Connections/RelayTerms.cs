namespace SniProxy.Proxy.Connections;

/// <summary>The conditions of a relay, the same for all.</summary>
/// <param name="IdleTimeout">Silence in both directions that ends the relay.</param>
/// <param name="HalfClosedTimeout">Silence that ends it once one direction is closed.</param>
internal sealed record RelayTerms(TimeSpan IdleTimeout, TimeSpan HalfClosedTimeout);
