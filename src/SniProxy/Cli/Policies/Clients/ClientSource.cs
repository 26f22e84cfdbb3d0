namespace SniProxy.Cli.Policies.Clients;

/// <summary>A registry that a package manager is configured for.</summary>
/// <param name="Place">The file or the variable that says so.</param>
/// <param name="Address">As it is written there: an address with a scheme, or a host.</param>
internal sealed record ClientSource(string Place, string Address);
