using SniProxy.Core.Names;
using SniProxy.Resolutions.Tunnelling;

namespace SniProxy.Hosting.Configuration;

/// <summary>Reads <c>Dns:Tunnelling</c>.</summary>
internal static class TunnellingSection
{
    public static TunnelOptions Read(ConfigurationSectionReader tunnelling)
    {
        var defaults = new TunnelOptions();
        var options = new TunnelOptions
        {
            Names = tunnelling.Integer("Names", 1, TunnelOptions.MostNames) ?? defaults.Names,
            QueriesPerMinute = tunnelling.Integer("QueriesPerMinute", 1, 1_000_000) ?? defaults.QueriesPerMinute,
            LabelLength = tunnelling.Integer("LabelLength", 1, HostName.MaxLabelLength) ?? defaults.LabelLength,
            NameLength = tunnelling.Integer("NameLength", 1, HostName.MaxLength) ?? defaults.NameLength,
            Entropy = tunnelling.Number("Entropy", 0, 8) ?? defaults.Entropy,
            DenyFor = tunnelling.Duration("DenyFor") ?? defaults.DenyFor,
        };
        tunnelling.Finish();
        return options;
    }
}
