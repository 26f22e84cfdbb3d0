namespace SniProxy.Dns;

/// <summary>Whether a question may be answered, and the place it takes while it is.</summary>
internal readonly struct SandboxTurn(SandboxGate? gate, bool isTold) : IDisposable
{
    /// <summary>Within the limits.</summary>
    public bool IsGranted => gate is not null;

    /// <summary>Beyond the limits, and to be told in an event: the first of a second, so that a flood of questions is no flood of events.</summary>
    public bool IsTold => isTold;

    public void Dispose() => gate?.Leave();
}
