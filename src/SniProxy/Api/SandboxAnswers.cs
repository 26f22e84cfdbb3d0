using SniProxy.Core.Contract;
using SniProxy.Policies;

namespace SniProxy.Api;

/// <summary>Tells what is written on a sandbox, and what judges it now.</summary>
internal static class SandboxAnswers
{
    public static SandboxAnswer Of(Sandbox sandbox, PolicyBook book)
    {
        var judge = book.JudgeFor(sandbox);
        return new SandboxAnswer(
            sandbox.Id,
            [.. sandbox.Addresses.Select(address => address.ToString())],
            sandbox.Interface,
            sandbox.Policy ?? sandbox.BoundPolicy,
            sandbox.Mode?.Identifier(),
            sandbox.Strict,
            sandbox.Paused,
            sandbox.Labels,
            sandbox.Signals.ToDictionary(signal => signal.Name, signal => signal.Time),
            new EffectiveAnswer(judge.Policy?.Name, judge.Mode.Identifier(), judge.IsStrict));
    }
}
