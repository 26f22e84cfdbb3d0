using SniProxy.Flows;

namespace SniProxy.Proxy.Connections;

/// <summary>The conditions of a relay.</summary>
/// <param name="Flow">Counts bytes and carries the deadlines.</param>
/// <param name="IdleTimeout">Silence in both directions that ends the relay.</param>
/// <param name="HalfClosedTimeout">Silence that ends it once one direction is closed.</param>
/// <param name="Gate">What still looks at bytes after the verdict; null where nothing does.</param>
internal sealed record RelayTerms(Flow Flow, TimeSpan IdleTimeout, TimeSpan HalfClosedTimeout, IRelayGate? Gate);
