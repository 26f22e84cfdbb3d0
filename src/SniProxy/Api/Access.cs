namespace SniProxy.Api;

/// <summary>Who may call an endpoint. One that does not carry this is refused to everybody.</summary>
/// <param name="Needs">The least role; <see cref="Role.None"/> needs no token.</param>
/// <param name="IsOpenOnMetrics">It also stands, without a token, on the door for metrics.</param>
internal sealed record Access(Role Needs, bool IsOpenOnMetrics = false);
