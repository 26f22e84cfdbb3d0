using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Callers;

/// <summary>How a client goes out: through which door and in which family (of its own connection: to the host or to the proxy).</summary>
public sealed record Route(Door Door, Family Family)
{
    public const int ProxyPort = 3128;

    public bool UsesProxy => Door == Door.Explicit;

    public string ProxyHost => Places.Gateway.InUrl(Family);

    public string ProxyAuthority => $"{ProxyHost}:{ProxyPort}";

    public string ProxyUrl => $"http://{ProxyAuthority}";

    /// <summary>For clients that take 4 or 6 as an option.</summary>
    public string FamilyDigit => Family == Family.IPv4 ? "4" : "6";

    public override string ToString() => $"{Door}/{Family}";
}
