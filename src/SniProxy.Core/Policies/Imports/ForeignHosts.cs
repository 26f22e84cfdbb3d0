namespace SniProxy.Core.Policies.Imports;

/// <summary>What destinations mean in the document of a kind, where it differs from what they mean here.</summary>
internal sealed record ForeignHosts
{
    /// <summary>The ports of an allowed name that has none written: empty for 80 and 443, else such as <c>:*</c>.</summary>
    public string NamePorts { get; init; } = string.Empty;

    /// <summary>The scheme of an allowed name, such as <c>tls://</c> where only TLS shows it.</summary>
    public string NameScheme { get; init; } = string.Empty;

    /// <summary>The ports of an allowed address that has none written.</summary>
    public string AddressPorts { get; init; } = ":*";

    /// <summary><c>*.x</c> stands for every depth. Where it does not, <c>**.x</c> does, as here.</summary>
    public bool IsStarDeep { get; init; } = true;

    /// <summary>A port may follow a colon.</summary>
    public bool HasPorts { get; init; } = true;
}
