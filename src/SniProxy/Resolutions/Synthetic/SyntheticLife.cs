using SniProxy.Core.Contract;

namespace SniProxy.Resolutions.Synthetic;

/// <summary>Whose names they are, as far as a restart can know: one life of a sandbox, or all sources that are none.</summary>
/// <param name="Token">Tells it from the lives before it, whoever had the sandbox's id.</param>
/// <param name="Sandbox">The sandbox's id; null for all that are unknown, who have one lifecycle between them.</param>
/// <param name="Interface">Its ingress, where it has one.</param>
/// <param name="Addresses">Its addresses.</param>
internal sealed record SyntheticLife(string Token, string? Sandbox, string? Interface, IReadOnlyList<string> Addresses)
{
    /// <summary>What the lives of a sandbox have in common.</summary>
    public string Key => KeyOf(Sandbox);

    /// <summary>A new one.</summary>
    public static SyntheticLife Of(Sandbox sandbox) => new(
        Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)),
        sandbox.IsKnown ? sandbox.Id : null,
        sandbox.IsKnown ? sandbox.Interface : null,
        sandbox.IsKnown ? [.. sandbox.Addresses.Select(address => address.ToString())] : []);

    public static string KeyOf(Sandbox sandbox) => KeyOf(sandbox.IsKnown ? sandbox.Id : null);

    /// <summary>The sandbox still lives it: another address or interface would have begun another one.</summary>
    public bool IsLivedBy(Sandbox sandbox) => !sandbox.IsKnown
        || (Interface == sandbox.Interface && Addresses.SequenceEqual(sandbox.Addresses.Select(address => address.ToString())));

    private static string KeyOf(string? sandbox) => sandbox is null ? string.Empty : $"/{sandbox}";
}
