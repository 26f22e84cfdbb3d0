namespace SniProxy.Enforcement;

/// <summary>How an external command ended, and what it said.</summary>
internal sealed record CommandResult(int Status, string Output, string Error)
{
    public bool Succeeded => Status == 0;
}
