namespace SniProxy.Core.Policies;

/// <summary>What becomes of open flows that a change no longer allows (<c>onRevoke</c>).</summary>
public enum RevokeHandling : byte
{
    Reset = 0,
    Keep,
}
