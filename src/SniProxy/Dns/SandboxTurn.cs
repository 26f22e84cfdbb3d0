namespace SniProxy.Dns;

/// <summary>Whether a question may be answered, and the place it takes while it is.</summary>
internal readonly struct SandboxTurn(SandboxGate? gate, string? limit = null) : IDisposable
{
    /// <summary>What it would be over, in words; null within the limits.</summary>
    public string? Limit => limit;

    /// <summary>Within the limits.</summary>
    public bool IsGranted => gate is not null;

    public void Dispose() => gate?.Leave();
}
