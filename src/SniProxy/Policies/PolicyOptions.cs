using SniProxy.Core.Addresses;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>The section Policies of the configuration, but for its bindings, which make sandboxes.</summary>
/// <param name="Folder">Where the policy documents lie; absolute.</param>
/// <param name="Default">The policy of a known sandbox that nothing else names one for.</param>
/// <param name="Unknown">The policy of a source that is no sandbox.</param>
/// <param name="IsFolderTrusted">
/// Changes of the folder are taken over. False where those who are judged could write there: then what was read first stands until the end.
/// </param>
/// <param name="BundlesFolder">Where the bundles lie, absolute; null for those beside the program.</param>
internal sealed record PolicyOptions(
    string Folder, string Default = "default", string Unknown = PolicyOptions.DenyAll, bool IsFolderTrusted = true, string? BundlesFolder = null)
{
    /// <summary>Built in; the name is reserved.</summary>
    public const string DenyAll = PolicyDocument.DenyAll;

    /// <summary>How names are answered where a policy does not say.</summary>
    public PolicyDnsMode DnsMode { get; init; } = PolicyDnsMode.Forward;

    /// <summary>The blocks whose addresses stand for names where they are answered with such.</summary>
    public IReadOnlyList<Cidr> SyntheticPool { get; init; } = [];

    /// <summary>The bundles as they lie there now.</summary>
    public BundleShelf OpenBundles() => BundleFolder.Open(BundlesFolder ?? BundleFolder.BesideProgram);
}
