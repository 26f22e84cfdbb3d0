using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Exports;

/// <summary>The one spelling of an entry: canonical name or block, and no port that its list or its scheme brings anyway.</summary>
public static class EntryText
{
    /// <param name="entry">The entry.</param>
    /// <param name="isAllow">True for one in an allow list, which means 80 and 443 where none is written.</param>
    public static string Of(PolicyEntry entry, bool isAllow)
    {
        var scheme = SchemeName.Find(entry.Scheme);
        var ports = entry.Ports is { } written && written != Unwritten(scheme, isAllow) ? $":{written}" : string.Empty;
        var host = entry.Kind switch
        {
            EntryKind.Any => "any",
            EntryKind.Address => entry.Block.IsIPv4 || ports.Length == 0 ? entry.Block.ToString() : $"[{entry.Block}]",
            _ => entry.Pattern?.Text ?? string.Empty,
        };
        return $"{(scheme.Text is null ? string.Empty : scheme.Text + "://")}{host}{ports}";
    }

    private static PortSet Unwritten(SchemeName scheme, bool isAllow) =>
        scheme.Port != 0 ? PortSet.Of(scheme.Port) : isAllow && scheme.Text is null ? PortSet.Web : isAllow ? default : PortSet.All;
}
