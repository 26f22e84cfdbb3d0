namespace SniProxy.Lab.Product;

/// <summary>Policies that several test classes share, and with them the running appliance.</summary>
public static class LabPolicies
{
    /// <summary>A short allow list; everything else is denied by default.</summary>
    public static ApplianceSettings Ordinary { get; } = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules:
          - allow: [allowed.example, other.example]
            label: the web hosts
        """);

    public static ApplianceSettings WithRetryServer { get; } = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules: [allowed.example, retry.example]
        """);
}
