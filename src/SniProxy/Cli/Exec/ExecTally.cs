using SniProxy.Core.Contract;

namespace SniProxy.Cli.Exec;

/// <summary>What events of a run have in common when they are counted together.</summary>
internal readonly record struct ExecTally(
    bool IsDenied, bool WouldBeDenied, string Destination, string Protocol, Reason Reason, string Message)
{
    public bool IsAllowed => !IsDenied && !WouldBeDenied;

    public string Verdict => IsDenied ? "denied" : WouldBeDenied ? "would deny" : "allowed";
}
