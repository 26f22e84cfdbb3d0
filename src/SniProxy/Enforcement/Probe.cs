namespace SniProxy.Enforcement;

/// <summary>What one probe found: whether it passed, what it saw, and where it failed, what to do.</summary>
internal sealed record Probe(string Name, bool Passed, string Detail, string? Fix)
{
    /// <summary>What the kernel's limit on one source has dropped since the rules were applied; null where the probe did not read them.</summary>
    public long? DroppedQuestions { get; init; }

    public static Probe Pass(string name, string detail) => new(name, true, detail, null);

    public static Probe Fail(string name, string detail, string fix) => new(name, false, detail, fix);
}
