using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>What a change made of a sandbox, in words.</summary>
internal static class SandboxWords
{
    public static string Of(Sandbox? before, Sandbox after)
    {
        if (before is null || before.Lifecycle != after.Lifecycle)
        {
            return before is null ? "sandbox registered" : "sandbox replaced";
        }

        string?[] changes =
        [
            before.Policy == after.Policy ? null : $"policy {after.Policy ?? "by default"}",
            before.Mode == after.Mode ? null : $"mode {after.Mode?.Identifier() ?? "by policy"}",
            before.Strict == after.Strict ? null : after.Strict ? "strict" : "not strict",
            before.Paused == after.Paused ? null : after.Paused ? "paused" : "resumed",
            before.Labels.Count == after.Labels.Count && before.Labels.All(label => after.Labels.GetValueOrDefault(label.Key) == label.Value) ? null : "labels",
            ReferenceEquals(before.Signals, after.Signals) || after.Signals.Count == 0 ? null : $"signal {after.Signals[^1].Name}",
        ];
        var told = string.Join(", ", changes.OfType<string>());
        return told.Length == 0 ? "sandbox stays as it was" : $"sandbox changed: {told}";
    }
}
