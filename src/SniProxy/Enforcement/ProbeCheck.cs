namespace SniProxy.Enforcement;

/// <summary>A probe that can be made, as often as one likes.</summary>
internal sealed record ProbeCheck(string Name, Func<CancellationToken, Task<Probe>> MakeAsync);
