namespace SniProxy.Dns;

/// <summary>Whether a question may be answered, and the place it takes while it is.</summary>
internal readonly struct SandboxTurn(SandboxGate? gate) : IDisposable
{
    /// <summary>Within the limits.</summary>
    public bool IsGranted => gate is not null;

    public void Dispose() => gate?.Leave();
}
