namespace SniProxy.Enforcement;

/// <summary>A privilege, program or kernel feature that enforcement needs and this machine lacks, and what to do about it.</summary>
internal sealed record MissingCapability(string What, string Fix)
{
    public override string ToString() => $"{What} is missing: {Fix}";
}
